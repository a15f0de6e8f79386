-- name: average-order-value
-- purpose: Orders of the shop by day, and what one is worth. The purchases of one session are one order.
-- chart: line x=day y=average_order_value
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 7): how many days before the end
-- parameter: end
WITH copies AS (
  SELECT
    event_id,
    event_type,
    user_id,
    session_id,
    product_id,
    price * quantity AS amount,
    quantity,
    "timestamp" AS moment,
    row_number() OVER (PARTITION BY event_id ORDER BY received_at) AS copy
  FROM ecommerce_event
  WHERE "timestamp" > ? - ? * INTERVAL '1' DAY
    AND "timestamp" <= ?
),
events AS (
  SELECT * FROM copies WHERE copy = 1
),
orders AS (
  SELECT session_id, min(moment) AS moment, sum(quantity) AS units, sum(amount) AS amount
  FROM events
  WHERE event_type = 'purchase'
  GROUP BY session_id
)
SELECT
  date(moment) AS day,
  count(*) AS orders,
  sum(amount) AS revenue,
  round(1e0 * sum(units) / count(*), 2) AS units_per_order,
  round(sum(CAST(amount AS double)) / count(*), 2) AS average_order_value
FROM orders
GROUP BY 1
ORDER BY 1
