-- Every record that is JSON, seconds after it came. What is no JSON is left out, since one such record would stop
-- the refresh; the table "rejected" of the lakehouse has it.
CREATE MATERIALIZED VIEW public.landing AUTO REFRESH YES AS
SELECT
  approximate_arrival_timestamp AS received_at,
  shard_id,
  sequence_number,
  partition_key,
  refresh_time,
  JSON_PARSE(kinesis_data) AS payload
FROM kinesis."${stream}"
WHERE CAN_JSON_PARSE(kinesis_data)
