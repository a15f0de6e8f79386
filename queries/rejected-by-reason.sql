-- name: rejected-by-reason
-- purpose: Events that became no row, by table, code and field, with the latest reason.
-- chart: bars label=table_name,code,field value=events
-- parameter: end (timestamp, default now): end of the time that is looked at, by arrival
-- parameter: hours (integer, default 24): how many hours before the end
-- parameter: end
SELECT
  table_name,
  code,
  field,
  count(DISTINCT event_id) AS events,
  max(received_at) AS last_received,
  max_by(reason, received_at) AS last_reason
FROM rejected
WHERE received_at > ? - ? * INTERVAL '1' HOUR
  AND received_at <= ?
GROUP BY table_name, code, field
ORDER BY events DESC, table_name, code, field
