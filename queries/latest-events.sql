-- name: latest-events
-- purpose: The newest events of all tables and the newest rejections, the latest first.
-- parameter: end (timestamp, default now): end of the time that is looked at, by arrival
-- parameter: minutes (integer, default 60): how many minutes before the end
-- parameter: end
-- parameter: limit (integer, default 200): how many events
WITH arrived AS (
  SELECT 'web_log' AS table_name, received_at, event_id, event, user_id, NULL AS code, NULL AS field, NULL AS reason
  FROM web_log
  UNION ALL
  SELECT 'clickstream', received_at, event_id, coalesce(event, name, type), user_id, NULL, NULL, NULL
  FROM clickstream
  UNION ALL
  SELECT 'ecommerce_event', received_at, event_id, event_type, user_id, NULL, NULL, NULL
  FROM ecommerce_event
  UNION ALL
  SELECT 'app_event', received_at, event_id, event.type, customer_id, NULL, NULL, NULL
  FROM app_event
  UNION ALL
  SELECT table_name, received_at, event_id, NULL, NULL, code, field, reason
  FROM rejected
)
SELECT received_at, table_name, event, user_id, code, field, reason, event_id
FROM arrived
WHERE received_at > ? - ? * INTERVAL '1' MINUTE
  AND received_at <= ?
ORDER BY received_at DESC, event_id
LIMIT ?
