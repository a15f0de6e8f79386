-- name: stickiness
-- purpose: How many of the people of a month come on a day, and of its last seven days; for each day that has a month behind it.
-- chart: line x=day y=percent
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 60): how many days before the end
-- parameter: end
-- parameter: end
-- parameter: days
-- parameter: end
-- parameter: days
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
days AS (
  SELECT DISTINCT date(moment) AS day, person FROM events WHERE person IS NOT NULL
)
SELECT
  today.day,
  count(DISTINCT CASE WHEN past.day = today.day THEN past.person END) AS daily,
  count(DISTINCT CASE WHEN past.day > date_add('day', -7, today.day) THEN past.person END) AS weekly,
  count(DISTINCT past.person) AS monthly,
  round(
    100.0 * count(DISTINCT CASE WHEN past.day = today.day THEN past.person END)
      / count(DISTINCT past.person),
    1
  ) AS percent
FROM (SELECT DISTINCT day FROM days) AS today
JOIN days AS past ON past.day > date_add('day', -30, today.day) AND past.day <= today.day
WHERE today.day > date_add('day', 29, date(? - ? * INTERVAL '1' DAY))
GROUP BY today.day
ORDER BY today.day
