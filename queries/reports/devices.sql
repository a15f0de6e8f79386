-- name: devices
-- purpose: People and events by browser, operating system and class of device.
-- chart: bars label=part,value value=users
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 30): how many days before the end
-- parameter: end
-- parameter: end
-- parameter: days
-- parameter: limit (integer, default 10): how many of each
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
parts AS (
  SELECT 'browser' AS part, coalesce(browser, '(unknown)') AS value, person FROM events
  UNION ALL
  SELECT 'os', coalesce(os, '(unknown)'), person FROM events
  UNION ALL
  SELECT 'device_class', coalesce(device_class, '(unknown)'), person FROM events
),
counted AS (
  SELECT
    part,
    value,
    count(DISTINCT person) AS users,
    count(*) AS events,
    row_number() OVER (PARTITION BY part ORDER BY count(DISTINCT person) DESC, count(*) DESC, value) AS place
  FROM parts
  GROUP BY part, value
)
SELECT part, value, users, events
FROM counted
WHERE place <= ?
ORDER BY part, place
