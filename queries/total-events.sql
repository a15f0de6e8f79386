-- name: total-events
-- purpose: Events in the web log, the visitors and sessions behind them, and the time that they span.
SELECT
  count(DISTINCT event_id) AS events,
  count(DISTINCT user_id) AS visitors,
  count(DISTINCT session_id) AS sessions,
  min("timestamp") AS first_event,
  max("timestamp") AS last_event
FROM web_log
