-- name: sessions-by-day
-- purpose: Sessions by the day on which they began: pages, time from the first event to the last, and how many consisted of one event.
-- chart: line x=day y=sessions
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 30): how many days before the end
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
sessions AS (
  SELECT
    person,
    min(moment) AS began,
    count(*) AS events,
    count_if(is_view) AS views,
    date_diff('second', min(moment), max(moment)) AS seconds
  FROM visits
  GROUP BY person, session_id, visit
)
SELECT
  date(began) AS day,
  count(*) AS sessions,
  count(DISTINCT person) AS users,
  round(1e0 * sum(views) / count(*), 2) AS pages_per_session,
  round(1e0 * sum(seconds) / count(*), 1) AS average_engagement_seconds,
  round(100.0 * count_if(events = 1) / count(*), 1) AS percent_bounced
FROM sessions
GROUP BY 1
ORDER BY 1
