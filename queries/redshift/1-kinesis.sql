-- The stream as Redshift sees it.
CREATE EXTERNAL SCHEMA IF NOT EXISTS kinesis FROM KINESIS IAM_ROLE '${role}'
