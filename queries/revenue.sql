-- name: revenue
-- purpose: What the shop earned, in the last hour unless told otherwise.
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: hours (integer, default 1): how many hours before the end
-- parameter: end
WITH purchases AS (
  -- A purchase that was sent twice is paid once.
  SELECT DISTINCT event_id, user_id, price, quantity
  FROM ecommerce_event
  WHERE event_type = 'purchase'
    AND "timestamp" > ? - ? * INTERVAL '1' HOUR
    AND "timestamp" <= ?
)
SELECT
  count(*) AS purchases,
  count(DISTINCT user_id) AS buyers,
  coalesce(sum(quantity), 0) AS units,
  coalesce(sum(price * quantity), DECIMAL '0.00') AS revenue,
  sum(price * quantity) / nullif(count(*), 0) AS average_purchase
FROM purchases
