-- name: cart-abandonment
-- purpose: Sessions of the shop that put something into the cart, and how many of them bought nothing, by the day of the first article.
-- chart: line x=day y=percent_abandoned
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
carts AS (
  SELECT
    session_id,
    min(moment) FILTER (WHERE event_type = 'add_to_cart') AS began,
    max(moment) FILTER (WHERE event_type = 'purchase') AS bought
  FROM events
  GROUP BY session_id
)
SELECT
  date(began) AS day,
  count(*) AS carts,
  count_if(coalesce(bought < began, true)) AS abandoned,
  round(100.0 * count_if(coalesce(bought < began, true)) / count(*), 1) AS percent_abandoned
FROM carts
WHERE began IS NOT NULL
GROUP BY 1
ORDER BY 1
