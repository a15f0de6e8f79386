-- name: popular-products
-- purpose: Products of the shop by how often they were viewed, in the last hour unless told otherwise.
-- chart: bars label=product_id value=views
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: hours (integer, default 1): how many hours before the end
-- parameter: end
-- parameter: limit (integer, default 10): how many products
WITH events AS (
  SELECT DISTINCT event_id, event_type, user_id, product_id
  FROM ecommerce_event
  WHERE "timestamp" > ? - ? * INTERVAL '1' HOUR
    AND "timestamp" <= ?
)
SELECT
  product_id,
  count_if(event_type = 'page_view') AS views,
  count_if(event_type = 'add_to_cart') AS carts,
  count_if(event_type = 'purchase') AS purchases,
  count(DISTINCT user_id) AS users
FROM events
GROUP BY product_id
ORDER BY views DESC, purchases DESC, product_id
LIMIT ?
