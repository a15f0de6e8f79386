-- name: top-referrers
-- purpose: The sites that sent visitors to the web log, by sessions; (none) where the browser told no site.
-- chart: bars label=site value=sessions
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: hours (integer, default 24): how many hours before the end
-- parameter: end
-- parameter: limit (integer, default 20): how many sites
WITH arrivals AS (
  -- A session came from where its first event came from.
  SELECT
    session_id,
    min_by(referrer, "timestamp") AS referrer,
    min_by(user_id, "timestamp") AS user_id
  FROM web_log
  WHERE "timestamp" > ? - ? * INTERVAL '1' HOUR
    AND "timestamp" <= ?
  GROUP BY session_id
)
SELECT
  coalesce(nullif(url_extract_host(referrer), ''), referrer, '(none)') AS site,
  count(*) AS sessions,
  count(DISTINCT user_id) AS visitors
FROM arrivals
GROUP BY 1
ORDER BY sessions DESC, site
LIMIT ?
