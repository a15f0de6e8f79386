-- name: active-users-by-month
-- purpose: People who did something, by month, with what they did.
-- chart: line x=month y=active_users
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 365): how many days before the end
-- parameter: end
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
)
SELECT
  date(date_trunc('month', moment)) AS month,
  count(DISTINCT person) AS active_users,
  count(*) AS events,
  count_if(is_view) AS views
FROM events
GROUP BY 1
ORDER BY 1
