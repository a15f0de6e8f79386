-- name: retention-by-day
-- purpose: Of the people who came for the first time in a day, how many came again each day after.
-- chart: heat row=cohort column=days_later value=percent
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: end
-- parameter: days (integer, default 14): how many days before the end the first cohort begins
WITH copies AS (
  SELECT
    event_id,
    CASE type WHEN 'page' THEN path WHEN 'screen' THEN name END AS page,
    "timestamp" AS moment,
    channel,
    country,
    -- Who was anonymous and logged in later is one person.
    coalesce(
      user_id,
      CASE WHEN anonymous_id IS NOT NULL THEN min(user_id) OVER (PARTITION BY anonymous_id) END,
      anonymous_id
    ) AS person,
    row_number() OVER (PARTITION BY event_id ORDER BY received_at) AS copy
  FROM clickstream
  WHERE "timestamp" <= ?
    AND NOT coalesce(is_bot, false)
),
events AS (
  SELECT * FROM copies WHERE copy = 1 AND person IS NOT NULL
),
activity AS (
  SELECT DISTINCT person, date(date_trunc('day', moment)) AS active FROM events
),
cohorts AS (
  SELECT person, min(active) AS cohort FROM activity GROUP BY person
),
sizes AS (
  SELECT cohort, count(*) AS size FROM cohorts GROUP BY cohort
)
SELECT
  cohorts.cohort,
  date_diff('day', cohorts.cohort, activity.active) AS days_later,
  count(*) AS users,
  round(100.0 * count(*) / sizes.size, 1) AS percent
FROM cohorts
JOIN activity ON activity.person = cohorts.person
JOIN sizes ON sizes.cohort = cohorts.cohort
WHERE cohorts.cohort > date(? - ? * INTERVAL '1' DAY)
GROUP BY cohorts.cohort, sizes.size, activity.active
ORDER BY 1, 2
