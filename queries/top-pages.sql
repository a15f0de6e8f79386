-- name: top-pages
-- purpose: The pages of the web log that were asked for most, by path.
-- chart: bars label=page value=events
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: hours (integer, default 24): how many hours before the end
-- parameter: end
-- parameter: limit (integer, default 20): how many pages
SELECT
  coalesce(url_extract_path(uri), uri) AS page,
  count(DISTINCT event_id) AS events,
  count(DISTINCT user_id) AS visitors,
  count(DISTINCT session_id) AS sessions
FROM web_log
WHERE "timestamp" > ? - ? * INTERVAL '1' HOUR
  AND "timestamp" <= ?
GROUP BY 1
ORDER BY events DESC, page
LIMIT ?
