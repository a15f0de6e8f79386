-- name: customers-by-gender-now
-- purpose: Customers of the last hour by country and gender.
SELECT country_code, gender, count(DISTINCT customer_id) AS customers
FROM public.app_event
WHERE received_at > dateadd(hour, -1, getdate())
GROUP BY 1, 2
ORDER BY 3 DESC
