-- name: attribution
-- purpose: Which channels conversions are owed to, by first touch, last touch and linear: conversions and their revenue. A touch is a session that a channel brought.
-- chart: bars label=channel value=linear
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 30): how many days before the end
-- parameter: end
-- parameter: end
-- parameter: days
-- parameter: event (varchar, default 'Order Completed'): the event of a track call that is a conversion
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
touches AS (
  SELECT
    person,
    min(moment) AS began,
    min_by(channel, moment) FILTER (WHERE channel <> 'internal') AS channel
  FROM visits
  GROUP BY person, session_id, visit
),
conversions AS (
  SELECT
    event_id,
    person,
    moment,
    coalesce(
      TRY_CAST(json_extract_scalar(properties, '$.revenue') AS decimal(18, 2)),
      TRY_CAST(json_extract_scalar(properties, '$.total') AS decimal(18, 2)),
      TRY_CAST(json_extract_scalar(properties, '$.value') AS decimal(18, 2)),
      DECIMAL '0.00'
    ) AS revenue
  FROM events
  WHERE type = 'track' AND action = ?
),
credits AS (
  SELECT
    conversions.event_id,
    coalesce(touches.channel, '(none)') AS channel,
    CAST(conversions.revenue AS double) AS revenue,
    row_number() OVER (PARTITION BY conversions.event_id ORDER BY touches.began) AS from_first,
    row_number() OVER (PARTITION BY conversions.event_id ORDER BY touches.began DESC) AS from_last,
    1e0 / count(*) OVER (PARTITION BY conversions.event_id) AS share
  FROM conversions
  LEFT JOIN touches
    ON touches.person = conversions.person
    AND touches.channel IS NOT NULL
    AND touches.began <= conversions.moment
)
SELECT
  channel,
  count_if(from_first = 1) AS first_touch,
  count_if(from_last = 1) AS last_touch,
  round(sum(share), 2) AS linear,
  round(sum(CASE WHEN from_first = 1 THEN revenue ELSE 0e0 END), 2) AS first_touch_revenue,
  round(sum(CASE WHEN from_last = 1 THEN revenue ELSE 0e0 END), 2) AS last_touch_revenue,
  round(sum(share * revenue), 2) AS linear_revenue
FROM credits
GROUP BY channel
ORDER BY linear DESC, channel
