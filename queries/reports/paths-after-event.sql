-- name: paths-after-event
-- purpose: What people do next in a session after an event, a page or a screen: the three steps that follow.
-- chart: paths label=action,then_1,then_2,then_3 value=times
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 30): how many days before the end
-- parameter: end
-- parameter: end
-- parameter: days
-- parameter: action (varchar, default 'Product Viewed'): an event of a track call, the path of a page, or the name of a screen
-- parameter: limit (integer, default 20): how many paths
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
pauses AS (
  SELECT
    *,
    date_diff(
      'second',
      lag(moment) OVER (PARTITION BY person, session_id ORDER BY moment, event_id),
      moment
    ) AS pause
  FROM events
  WHERE person IS NOT NULL
),
visits AS (
  SELECT
    *,
    -- Where the client tells no session, half an hour without an event ends it.
    count_if(session_id IS NULL AND pause >= 1800)
      OVER (PARTITION BY person, session_id ORDER BY moment, event_id) AS visit
  FROM pauses
),
steps AS (
  SELECT
    person,
    action,
    lead(action, 1) OVER (PARTITION BY person, session_id, visit ORDER BY moment, event_id) AS second,
    lead(action, 2) OVER (PARTITION BY person, session_id, visit ORDER BY moment, event_id) AS third,
    lead(action, 3) OVER (PARTITION BY person, session_id, visit ORDER BY moment, event_id) AS fourth
  FROM visits
  WHERE action IS NOT NULL
)
SELECT
  action,
  coalesce(second, '(end)') AS then_1,
  coalesce(third, CASE WHEN second IS NOT NULL THEN '(end)' END) AS then_2,
  coalesce(fourth, CASE WHEN third IS NOT NULL THEN '(end)' END) AS then_3,
  count(*) AS times,
  count(DISTINCT person) AS users
FROM steps
WHERE action = ?
GROUP BY 1, 2, 3, 4
ORDER BY times DESC, 2, 3, 4
LIMIT ?
