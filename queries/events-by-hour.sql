-- name: events-by-hour
-- purpose: Events of the web log by hour and type.
-- chart: line x=hour y=events by=event
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: hours (integer, default 24): how many hours before the end
-- parameter: end
SELECT
  date_trunc('hour', "timestamp") AS hour,
  event,
  count(DISTINCT event_id) AS events,
  count(DISTINCT user_id) AS visitors
FROM web_log
WHERE "timestamp" > ? - ? * INTERVAL '1' HOUR
  AND "timestamp" <= ?
GROUP BY 1, 2
ORDER BY 1, 2
