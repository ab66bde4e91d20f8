CREATE TABLE IF NOT EXISTS "hive"."security"."verified_log_files" (
  "uri" varchar,
  "version_id" varchar,
  "etag" varchar,
  "sha256" varchar,
  "stored_sha256" varchar,
  "size" bigint,
  "events" integer,
  "chain" varchar,
  "digest_uri" varchar,
  "account" varchar,
  "region" varchar,
  "day" varchar
)
COMMENT 'Log files that trail-verify proved'
WITH (
  external_location = 's3://example-evidence/cloudtrail/2026/manifest/',
  format = 'PARQUET'
);
CREATE OR REPLACE VIEW "hive"."security"."verified_cloudtrail_logs" AS
-- A row is an event of a log file that a proven digest names, and whose bytes had the recorded hash when the run read them.
-- What was written to S3 after the run began has no rows. An older version that comes back, because a newer one was
-- deleted, has rows, unless Object Lock keeps every version.
SELECT
  l.*,
  m."uri" AS "log_uri",
  m."log_sha256",
  m."digest_uri",
  m."chain"
FROM "hive"."security"."cloudtrail_logs" l
INNER JOIN (
  SELECT
    "uri",
    CASE WHEN min("sha256") = max("sha256") THEN min("sha256") END AS "log_sha256",
    CASE WHEN min("digest_uri") = max("digest_uri") THEN min("digest_uri") END AS "digest_uri",
    CASE WHEN min("chain") = max("chain") THEN min("chain") END AS "chain"
  FROM "hive"."security"."verified_log_files"
  GROUP BY "uri"
) m ON l."$path" = m."uri"
WHERE l."$file_modified_time" < from_iso8601_timestamp('2026-11-21T03:00:00Z');
