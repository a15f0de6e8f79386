-- name: shop-funnel
-- purpose: Distinct users of the shop who viewed, put into the cart and purchased, in the last day unless told otherwise.
-- chart: funnel label=event_type value=users
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: hours (integer, default 24): how many hours before the end
-- parameter: end
WITH users AS (
  SELECT
    user_id,
    count_if(event_type = 'page_view') > 0 AS viewed,
    count_if(event_type = 'add_to_cart') > 0 AS carted,
    count_if(event_type = 'purchase') > 0 AS purchased
  FROM ecommerce_event
  WHERE "timestamp" > ? - ? * INTERVAL '1' HOUR
    AND "timestamp" <= ?
  GROUP BY user_id
),
steps AS (
  SELECT 1 AS step, 'page_view' AS event_type, count_if(viewed) AS users FROM users
  UNION ALL
  SELECT 2, 'add_to_cart', count_if(viewed AND carted) FROM users
  UNION ALL
  SELECT 3, 'purchase', count_if(viewed AND carted AND purchased) FROM users
)
SELECT
  step,
  event_type,
  users,
  100.0 * users / nullif(lag(users) OVER (ORDER BY step), 0) AS percent_of_previous,
  100.0 * users / nullif(first_value(users) OVER (ORDER BY step), 0) AS percent_of_first
FROM steps
ORDER BY step
