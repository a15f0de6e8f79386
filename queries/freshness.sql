-- name: freshness
-- purpose: Rows of each table, and how long ago its newest one arrived.
-- chart: bars label=table_name value=table_rows
WITH tables AS (
  SELECT 'web_log' AS table_name, count(*) AS table_rows, max(received_at) AS newest FROM web_log
  UNION ALL
  SELECT 'clickstream', count(*), max(received_at) FROM clickstream
  UNION ALL
  SELECT 'ecommerce_event', count(*), max(received_at) FROM ecommerce_event
  UNION ALL
  SELECT 'app_event', count(*), max(received_at) FROM app_event
  UNION ALL
  SELECT 'rejected', count(*), max(received_at) FROM rejected
)
SELECT
  table_name,
  table_rows,
  newest,
  date_diff('second', newest, CAST(now() AS timestamp)) AS seconds_ago
FROM tables
ORDER BY table_name
