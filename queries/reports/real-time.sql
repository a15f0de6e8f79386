-- name: real-time
-- purpose: What happens now: people, events and views of the last minutes, by minute.
-- chart: line x=minute y=events,users
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: minutes (integer, default 30): how many minutes before the end
-- parameter: end
-- parameter: end
-- parameter: minutes
-- parameter: end
-- parameter: minutes
WITH copies AS (
  SELECT
    event_id,
    type IN ('page', 'screen') AS is_view,
    "timestamp" AS moment,
    coalesce(
      user_id,
      CASE WHEN anonymous_id IS NOT NULL THEN min(user_id) OVER (PARTITION BY anonymous_id) END,
      anonymous_id
    ) AS person,
    row_number() OVER (PARTITION BY event_id ORDER BY received_at) AS copy
  FROM clickstream
  WHERE "timestamp" > date_trunc('minute', ?) - ? * INTERVAL '1' MINUTE
    AND "timestamp" <= ?
    -- Days of arrival that hold no such events need not be read.
    AND received_at > ? - ? * INTERVAL '1' MINUTE - INTERVAL '1' DAY
    AND NOT coalesce(is_bot, false)
),
events AS (
  SELECT * FROM copies WHERE copy = 1
),
minutes AS (
  SELECT date_add('minute', -ago, date_trunc('minute', ?)) AS minute
  FROM UNNEST(sequence(0, ? - 1)) AS t (ago)
)
SELECT
  minutes.minute,
  count(DISTINCT events.person) AS users,
  count(events.event_id) AS events,
  count_if(events.is_view) AS views
FROM minutes
LEFT JOIN events ON date_trunc('minute', events.moment) = minutes.minute
GROUP BY minutes.minute
ORDER BY minutes.minute
