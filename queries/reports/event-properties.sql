-- name: event-properties
-- purpose: The properties of one event, and the values that each has most often.
-- chart: bars label=property,value value=events
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: days (integer, default 7): how many days before the end
-- parameter: end
-- parameter: end
-- parameter: days
-- parameter: event (varchar, default 'Product Viewed'): the event of a track call
-- parameter: limit (integer, default 5): how many values of each property
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
chosen AS (
  SELECT event_id, person, CAST(json_parse(properties) AS map(varchar, json)) AS properties
  FROM events
  WHERE type = 'track' AND action = ? AND properties IS NOT NULL
),
pairs AS (
  SELECT
    event_id,
    person,
    property,
    coalesce(
      json_extract_scalar(element_at(properties, property), '$'),
      json_format(element_at(properties, property))
    ) AS value
  FROM chosen
  CROSS JOIN UNNEST(map_keys(properties)) AS names (property)
),
counted AS (
  SELECT
    property,
    value,
    count(*) AS events,
    count(DISTINCT person) AS users,
    row_number() OVER (PARTITION BY property ORDER BY count(*) DESC, value) AS place
  FROM pairs
  GROUP BY property, value
)
SELECT property, value, events, users
FROM counted
WHERE place <= ?
ORDER BY property, place
