-- name: revenue-now
-- purpose: What the shop earned in each of the last 15 minutes.
SELECT
  date_trunc('minute', received_at) AS minute,
  count(DISTINCT event_id) AS purchases,
  sum(price * quantity) AS revenue
FROM (
  SELECT DISTINCT event_id, received_at, price, quantity
  FROM public.ecommerce_event
  WHERE event_type = 'purchase' AND received_at > dateadd(minute, -15, getdate())
) purchases
GROUP BY 1
ORDER BY 1 DESC
