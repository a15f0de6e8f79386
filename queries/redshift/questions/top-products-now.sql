-- name: top-products-now
-- purpose: What was looked at most in the last 15 minutes, and how often it was bought.
SELECT
  product_id,
  count(DISTINCT CASE WHEN event_type = 'page_view' THEN event_id END) AS views,
  count(DISTINCT CASE WHEN event_type = 'add_to_cart' THEN event_id END) AS carts,
  count(DISTINCT CASE WHEN event_type = 'purchase' THEN event_id END) AS purchases
FROM public.ecommerce_event
WHERE received_at > dateadd(minute, -15, getdate()) AND product_id IS NOT NULL
GROUP BY 1
ORDER BY 2 DESC
LIMIT 20
