-- name: sessions
-- purpose: Sessions of the web log by the hour in which they began, with their length.
-- chart: line x=hour y=sessions
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: hours (integer, default 24): how many hours before the end
-- parameter: end
WITH sessions AS (
  SELECT
    session_id,
    min("timestamp") AS began,
    count(DISTINCT event_id) AS events,
    date_diff('second', min("timestamp"), max("timestamp")) AS seconds,
    count_if(event = 'purchase') > 0 AS bought
  FROM web_log
  WHERE "timestamp" > ? - ? * INTERVAL '1' HOUR
    AND "timestamp" <= ?
  GROUP BY session_id
)
SELECT
  date_trunc('hour', began) AS hour,
  count(*) AS sessions,
  round(avg(events), 1) AS average_events,
  round(avg(seconds), 0) AS average_seconds,
  approx_percentile(seconds, 0.5) AS median_seconds,
  max(seconds) AS longest_seconds,
  count_if(events = 1) AS bounced,
  count_if(bought) AS bought
FROM sessions
GROUP BY 1
ORDER BY 1
