-- name: funnel-now
-- purpose: Of the shoppers of the last hour, how many put something into the cart and how many bought.
SELECT
  count(DISTINCT user_id) AS shoppers,
  count(DISTINCT CASE WHEN event_type IN ('add_to_cart', 'purchase') THEN user_id END) AS with_cart,
  count(DISTINCT CASE WHEN event_type = 'purchase' THEN user_id END) AS buyers
FROM public.ecommerce_event
WHERE received_at > dateadd(hour, -1, getdate())
