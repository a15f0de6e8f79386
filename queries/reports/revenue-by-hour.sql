-- name: revenue-by-hour
-- purpose: What the shop earned, by hour.
-- chart: line x=hour y=revenue
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 1): how many days before the end
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
)
SELECT
  date_trunc('hour', moment) AS hour,
  count(*) AS purchases,
  count(DISTINCT user_id) AS buyers,
  sum(quantity) AS units,
  sum(amount) AS revenue
FROM events
WHERE event_type = 'purchase'
GROUP BY 1
ORDER BY 1
