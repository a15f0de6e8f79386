-- name: purchases-by-product
-- purpose: Purchases in the application by product.
-- chart: bars label=product value=purchases
-- parameter: type (varchar, default 'checkout'): the kind of event that counts as a purchase
WITH purchases AS (
  SELECT DISTINCT event_id, customer_id, event.product AS product, event.amount AS amount
  FROM app_event
  WHERE event.type = ?
)
SELECT
  product,
  count(*) AS purchases,
  count(DISTINCT customer_id) AS customers,
  sum(amount) AS amount
FROM purchases
GROUP BY product
ORDER BY purchases DESC, product
