-- name: demographics
-- purpose: Customers of the application by country and gender, with what they did and bought.
-- chart: bars label=country_code,gender value=customers
-- parameter: type (varchar, default 'checkout'): the kind of event that counts as a purchase
-- parameter: type
-- parameter: limit (integer, default 50): how many rows
WITH copies AS (
  SELECT
    event_id,
    customer_id,
    country_code,
    gender,
    event.type AS type,
    event.amount AS amount,
    row_number() OVER (PARTITION BY event_id ORDER BY received_at) AS copy
  FROM app_event
),
events AS (
  SELECT * FROM copies WHERE copy = 1
)
SELECT
  country_code,
  gender,
  count(DISTINCT customer_id) AS customers,
  round(100.0 * count(DISTINCT customer_id) / sum(count(DISTINCT customer_id)) OVER (), 1) AS percent,
  count(*) AS events,
  count_if(type = ?) AS purchases,
  coalesce(sum(CASE WHEN type = ? THEN amount END), DECIMAL '0.00') AS amount
FROM events
GROUP BY country_code, gender
ORDER BY customers DESC, country_code, gender
LIMIT ?
