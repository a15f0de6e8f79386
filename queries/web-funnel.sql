-- name: web-funnel
-- purpose: Sessions of the web log that viewed, then put into the cart, then purchased, in this order.
-- chart: funnel label=event value=sessions
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: hours (integer, default 24): how many hours before the end
-- parameter: end
WITH events AS (
  SELECT DISTINCT event_id, session_id, event, "timestamp" AS moment
  FROM web_log
  WHERE "timestamp" > ? - ? * INTERVAL '1' HOUR
    AND "timestamp" <= ?
    AND event IN ('view', 'cart', 'purchase')
),
viewed AS (
  SELECT session_id, min(moment) AS moment FROM events WHERE event = 'view' GROUP BY session_id
),
carted AS (
  SELECT events.session_id, min(events.moment) AS moment
  FROM events
  JOIN viewed ON viewed.session_id = events.session_id AND events.moment >= viewed.moment
  WHERE events.event = 'cart'
  GROUP BY events.session_id
),
purchased AS (
  SELECT events.session_id, min(events.moment) AS moment
  FROM events
  JOIN carted ON carted.session_id = events.session_id AND events.moment >= carted.moment
  WHERE events.event = 'purchase'
  GROUP BY events.session_id
),
steps AS (
  SELECT 1 AS step, 'view' AS event, count(*) AS sessions FROM viewed
  UNION ALL
  SELECT 2, 'cart', count(*) FROM carted
  UNION ALL
  SELECT 3, 'purchase', count(*) FROM purchased
)
SELECT
  step,
  event,
  sessions,
  100.0 * sessions / nullif(lag(sessions) OVER (ORDER BY step), 0) AS percent_of_previous,
  100.0 * sessions / nullif(first_value(sessions) OVER (ORDER BY step), 0) AS percent_of_first
FROM steps
ORDER BY step
