-- name: app-events
-- purpose: Events of the application, and the customers behind them.
SELECT
  count(DISTINCT event_id) AS total,
  count(DISTINCT customer_id) AS customers
FROM app_event
