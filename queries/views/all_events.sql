-- name: all_events
-- purpose: Events of all tables that say who and when, the clickstream's and the typed ones, each once. Made by npm run schemas.
-- column: table_name (varchar)
-- column: event_id (varchar)
-- column: received_at (timestamp)
-- column: type (varchar)
-- column: event (varchar)
-- column: user_id (varchar)
-- column: anonymous_id (varchar)
-- column: session_id (varchar)
-- column: timestamp (timestamp)
CREATE OR REPLACE VIEW all_events AS
SELECT table_name, event_id, received_at, type, event, user_id, anonymous_id, session_id, "timestamp"
FROM (
  SELECT *, row_number() OVER (PARTITION BY table_name, event_id ORDER BY received_at) AS copy
  FROM (
    SELECT
      'clickstream' AS table_name,
      event_id,
      received_at,
      type,
      coalesce(event, name) AS event,
      user_id,
      anonymous_id,
      session_id,
      "timestamp"
    FROM "clickstream"
    UNION ALL
    SELECT
      'ecommerce_event' AS table_name,
      event_id,
      received_at,
      'track' AS type,
      event_type AS event,
      user_id,
      CAST(NULL AS varchar) AS anonymous_id,
      session_id,
      "timestamp"
    FROM "ecommerce_event"
    UNION ALL
    SELECT
      'web_log' AS table_name,
      event_id,
      received_at,
      'track' AS type,
      event,
      user_id,
      CAST(NULL AS varchar) AS anonymous_id,
      session_id,
      "timestamp"
    FROM "web_log"
  ) AS events
) AS copies
WHERE copy = 1
