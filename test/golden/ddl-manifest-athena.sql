CREATE EXTERNAL TABLE IF NOT EXISTS `security`.`verified_log_files` (
  `uri` string,
  `version_id` string,
  `etag` string,
  `sha256` string,
  `stored_sha256` string,
  `size` bigint,
  `events` int,
  `chain` string,
  `digest_uri` string,
  `account` string,
  `region` string,
  `day` string
)
COMMENT 'Log files that trail-verify proved'
STORED AS PARQUET
LOCATION 's3://example-evidence/cloudtrail/2026/manifest/';
CREATE OR REPLACE VIEW "security"."verified_cloudtrail_logs" AS
-- A row is an event of a log file that a proven digest names, and whose bytes had the recorded hash when the run read them.
-- What is overwritten between the run and a query has rows with its new content: Object Lock keeps the old version, and
-- a query reads the new one. The time of the run, which this view was not given, would leave it out.
SELECT
  l.*,
  m."uri" AS "log_uri",
  m."log_sha256",
  m."digest_uri",
  m."chain"
FROM "security"."cloudtrail_logs" l
INNER JOIN (
  SELECT
    "uri",
    CASE WHEN min("sha256") = max("sha256") THEN min("sha256") END AS "log_sha256",
    CASE WHEN min("digest_uri") = max("digest_uri") THEN min("digest_uri") END AS "digest_uri",
    CASE WHEN min("chain") = max("chain") THEN min("chain") END AS "chain"
  FROM "security"."verified_log_files"
  GROUP BY "uri"
) m ON l."$path" = m."uri";
