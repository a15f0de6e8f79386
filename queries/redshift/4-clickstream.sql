-- Segment's messages. What the transform adds (channel, browser, country) is in the lakehouse only.
CREATE VIEW public.clickstream AS
SELECT
  event_id,
  received_at,
  COALESCE(event."type"::VARCHAR(16), SUBSTRING(route, 9)) AS "type",
  event."event"::VARCHAR(256) AS "event",
  event."name"::VARCHAR(256) AS "name",
  event."category"::VARCHAR(256) AS "category",
  event."userId"::VARCHAR(256) AS user_id,
  event."anonymousId"::VARCHAR(256) AS anonymous_id,
  event."previousId"::VARCHAR(256) AS previous_id,
  event."groupId"::VARCHAR(256) AS group_id,
  event."timestamp"::VARCHAR(64)::TIMESTAMPTZ AT TIME ZONE 'UTC' AS "timestamp",
  event."properties" AS "properties",
  event."traits" AS "traits",
  event."context" AS "context",
  event."integrations" AS "integrations"
FROM public.events
WHERE table_name = 'clickstream'
