-- name: activity-by-event
-- purpose: Events by day and by what happened: the event of a track call, else the call.
-- chart: line x=day y=events by=event
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 7): how many days before the end
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
  date(moment) AS day,
  CASE WHEN type = 'track' THEN action ELSE type END AS event,
  count(*) AS events,
  count(DISTINCT person) AS users
FROM events
GROUP BY 1, 2
ORDER BY 1, 3 DESC, 2
