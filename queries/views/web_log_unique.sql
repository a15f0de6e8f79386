-- name: web_log_unique
-- purpose: The web log with one row per event_id, the one that came first; for analysts too, so without ip.
CREATE OR REPLACE VIEW web_log_unique AS
SELECT
  event_id,
  received_at,
  user_id,
  session_id,
  event,
  referrer,
  user_agent,
  hostname,
  os,
  "timestamp",
  uri
FROM (
  SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY received_at) AS copy
  FROM web_log
) AS copies
WHERE copy = 1
