-- name: customers-by-gender
-- purpose: Customers of the application in one country, by gender.
-- chart: bars label=gender value=customers
-- parameter: country (varchar, default 'US'): country code, as the application sends it
SELECT
  count(DISTINCT customer_id) AS customers,
  gender
FROM app_event
WHERE country_code = ?
GROUP BY gender
ORDER BY customers DESC, gender
