-- name: funnel
-- purpose: People who took up to five steps in this order. A step is an event of a track call, the path of a page or the name of a screen; an empty one ends the funnel.
-- chart: funnel label=action value=users
-- parameter: step1 (varchar, default 'Product Viewed'): the first step
-- parameter: step2 (varchar, default 'Product Added'): the second
-- parameter: step3 (varchar, default 'Order Completed'): the third
-- parameter: step4 (varchar, default ''): the fourth
-- parameter: step5 (varchar, default ''): the fifth
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 30): how many days before the end
-- parameter: end
-- parameter: end
-- parameter: days
WITH steps AS (
  SELECT * FROM (VALUES (1, ?), (2, ?), (3, ?), (4, ?), (5, ?)) AS t (step, action)
),
copies AS (
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
done AS (
  SELECT step, events.action, person, moment FROM events JOIN steps ON steps.action = events.action
),
first_step AS (
  SELECT person, action, min(moment) AS moment FROM done WHERE step = 1 GROUP BY person, action
),
second_step AS (
  SELECT done.person, done.action, min(done.moment) AS moment
  FROM done
  JOIN first_step AS before ON before.person = done.person
    -- The same event is not two steps.
    AND (done.moment > before.moment OR (done.moment = before.moment AND done.action <> before.action))
  WHERE done.step = 2
  GROUP BY done.person, done.action
),
third_step AS (
  SELECT done.person, done.action, min(done.moment) AS moment
  FROM done
  JOIN second_step AS before ON before.person = done.person
    -- The same event is not two steps.
    AND (done.moment > before.moment OR (done.moment = before.moment AND done.action <> before.action))
  WHERE done.step = 3
  GROUP BY done.person, done.action
),
fourth_step AS (
  SELECT done.person, done.action, min(done.moment) AS moment
  FROM done
  JOIN third_step AS before ON before.person = done.person
    -- The same event is not two steps.
    AND (done.moment > before.moment OR (done.moment = before.moment AND done.action <> before.action))
  WHERE done.step = 4
  GROUP BY done.person, done.action
),
fifth_step AS (
  SELECT done.person, done.action, min(done.moment) AS moment
  FROM done
  JOIN fourth_step AS before ON before.person = done.person
    -- The same event is not two steps.
    AND (done.moment > before.moment OR (done.moment = before.moment AND done.action <> before.action))
  WHERE done.step = 5
  GROUP BY done.person, done.action
),
reached AS (
  SELECT 1 AS step, count(*) AS users FROM first_step
  UNION ALL
  SELECT 2, count(*) FROM second_step
  UNION ALL
  SELECT 3, count(*) FROM third_step
  UNION ALL
  SELECT 4, count(*) FROM fourth_step
  UNION ALL
  SELECT 5, count(*) FROM fifth_step
)
SELECT
  steps.step,
  steps.action,
  reached.users,
  round(100.0 * reached.users / nullif(lag(reached.users) OVER (ORDER BY steps.step), 0), 1) AS percent_of_previous,
  round(100.0 * reached.users / nullif(first_value(reached.users) OVER (ORDER BY steps.step), 0), 1) AS percent_of_first
FROM steps
JOIN reached ON reached.step = steps.step
WHERE steps.action <> ''
ORDER BY steps.step
