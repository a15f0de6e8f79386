-- name: new-users-by-country
-- purpose: People who came for the first time, by country.
-- chart: bars label=country value=new_users
-- parameter: end (timestamp, default now): end of the time that is looked at
-- parameter: end
-- parameter: days (integer, default 30): how many days before the end
-- parameter: limit (integer, default 20): how many rows
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
newcomers AS (
  SELECT
    person,
    min(moment) AS came,
    min_by(channel, moment) FILTER (WHERE channel <> 'internal') AS channel,
    min_by(country, moment) FILTER (WHERE country IS NOT NULL) AS country,
    min_by(page, moment) FILTER (WHERE page IS NOT NULL) AS first_page
  FROM events
  GROUP BY person
)
SELECT
  coalesce(country, '(unknown)') AS country,
  count(*) AS new_users,
  round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent
FROM newcomers
WHERE came > ? - ? * INTERVAL '1' DAY
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT ?
