-- The event itself, out of the gateway's envelope where it has one, and the table that it names.
CREATE VIEW public.events AS
WITH opened AS (
  SELECT
    received_at,
    shard_id,
    sequence_number,
    CASE WHEN payload."$firn" IS NULL THEN NULL ELSE payload.id::VARCHAR(256) END AS envelope_id,
    CASE WHEN payload."$firn" IS NULL THEN NULL ELSE payload.route::VARCHAR(64) END AS route,
    CASE WHEN payload."$firn" IS NULL THEN payload ELSE payload.data END AS data
  FROM public.landing
),
parsed AS (
  -- The Kinesis proxy takes an event as JSON text too.
  SELECT
    received_at,
    shard_id,
    sequence_number,
    envelope_id,
    route,
    CASE
      WHEN JSON_TYPEOF(data) = 'string' AND CAN_JSON_PARSE(data::VARCHAR(65535)) THEN JSON_PARSE(data::VARCHAR(65535))
      ELSE data
    END AS event
  FROM opened
)
SELECT
  COALESCE(event.event_id::VARCHAR(256), event."messageId"::VARCHAR(256), envelope_id, shard_id || ':' || sequence_number) AS event_id,
  received_at,
  route,
  COALESCE(
    event."$table"::VARCHAR(128),
    CASE WHEN route LIKE 'segment/%' THEN 'clickstream' ELSE '${defaultTable}' END
  ) AS table_name,
  event
FROM parsed
WHERE JSON_TYPEOF(event) = 'object'
