-- name: top-events
-- purpose: What happened most: events of track calls, and the other calls.
-- chart: bars label=type,event value=events
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 7): how many days before the end
-- parameter: end
-- parameter: end
-- parameter: days
-- parameter: limit (integer, default 20): how many
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
  type,
  CASE WHEN type = 'track' THEN action END AS event,
  count(*) AS events,
  count(DISTINCT person) AS users,
  round(1e0 * count(*) / nullif(count(DISTINCT person), 0), 2) AS events_per_user
FROM events
GROUP BY 1, 2
ORDER BY 3 DESC, 1, 2
LIMIT ?
