-- name: entrance-and-exit-pages
-- purpose: Pages by how often a session began, ended, or both began and ended there.
-- chart: bars label=page value=entrances
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 30): how many days before the end
-- parameter: end
-- parameter: end
-- parameter: days
-- parameter: limit (integer, default 20): how many pages
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
views AS (
  SELECT
    action AS page,
    row_number() OVER (PARTITION BY person, session_id, visit ORDER BY moment, event_id) AS from_start,
    row_number() OVER (PARTITION BY person, session_id, visit ORDER BY moment DESC, event_id DESC) AS from_end
  FROM visits
  WHERE is_view
)
SELECT
  coalesce(page, '(unknown)') AS page,
  count(*) AS views,
  count_if(from_start = 1) AS entrances,
  count_if(from_end = 1) AS exits,
  count_if(from_start = 1 AND from_end = 1) AS bounces
FROM views
GROUP BY 1
ORDER BY entrances DESC, exits DESC, 1
LIMIT ?
