-- name: orders-by-day
-- purpose: Orders that trackers tell of, by day, with what they are worth: revenue, else total, else value.
-- chart: line x=day y=revenue
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 30): how many days before the end
-- parameter: end
-- parameter: end
-- parameter: days
-- parameter: event (varchar, default 'Order Completed'): the event of a track call that is an order
WITH copies AS (
  SELECT
    event_id,
    type,
    CASE type WHEN 'track' THEN event WHEN 'page' THEN path WHEN 'screen' THEN name ELSE type END AS action,
    type IN ('page', 'screen') AS is_view,
    user_id,
    anonymous_id,
    session_id,
    "timestamp" AS moment,
    channel,
    country,
    browser,
    os,
    device_class,
    properties,
    -- Who was anonymous and logged in later is one person.
    coalesce(
      user_id,
      CASE WHEN anonymous_id IS NOT NULL THEN min(user_id) OVER (PARTITION BY anonymous_id) END,
      anonymous_id
    ) AS person,
    row_number() OVER (PARTITION BY event_id ORDER BY received_at) AS copy
  FROM clickstream
  WHERE "timestamp" > ? - ? * INTERVAL '1' DAY
    AND "timestamp" <= ?
    -- Days of arrival that hold no such events need not be read.
    AND received_at > ? - (? + 1) * INTERVAL '1' DAY
    AND NOT coalesce(is_bot, false)
),
events AS (
  SELECT * FROM copies WHERE copy = 1
),
orders AS (
  SELECT
    moment,
    person,
    coalesce(
      TRY_CAST(json_extract_scalar(properties, '$.revenue') AS decimal(18, 2)),
      TRY_CAST(json_extract_scalar(properties, '$.total') AS decimal(18, 2)),
      TRY_CAST(json_extract_scalar(properties, '$.value') AS decimal(18, 2)),
      DECIMAL '0.00'
    ) AS revenue
  FROM events
  WHERE type = 'track' AND action = ?
)
SELECT
  date(moment) AS day,
  count(*) AS orders,
  count(DISTINCT person) AS buyers,
  sum(revenue) AS revenue,
  round(sum(CAST(revenue AS double)) / count(*), 2) AS average_order_value
FROM orders
GROUP BY 1
ORDER BY 1
