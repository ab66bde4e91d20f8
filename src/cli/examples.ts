/** What stands below each command's help. */
export const EXAMPLES: Readonly<
  Record<'root' | 'verify' | 'collect' | 'keys' | 'keysFetch' | 'keysList' | 'explain', string>
> = {
  root: `
Examples:
  trail-verify verify s3://my-trail-bucket --from 7d
  trail-verify collect s3://my-trail-bucket ./evidence --from 2026-11-01
  trail-verify explain LOG_MODIFIED

Exit codes: 0 VALID, 1 INVALID, 2 usage or configuration, 3 INCONCLUSIVE, 4 the run failed.
`,
  verify: `
As in aws cloudtrail validate-logs: --start-time, --end-time, --account-id, --s3-bucket, --s3-prefix
and --trail-arn are understood; the last can stand in place of the target.

Write the target before options that take several values.

Examples:
  trail-verify verify s3://my-trail-bucket/prefix --from 2026-11-01 --to 2026-12-01
  trail-verify verify arn:aws:cloudtrail:us-east-1:111122223333:trail/my-trail --from 30d
  trail-verify verify ./copy --keys cloudtrail-keys.jsonl
  trail-verify verify s3://replica --relocated original=replica --profile audit
  trail-verify verify s3://my-trail-bucket --from 36h --format markdown >> "$GITHUB_STEP_SUMMARY"

Exit codes: 0 VALID, 1 INVALID, 2 usage or configuration, 3 INCONCLUSIVE, 4 the run failed.
`,
  collect: `
Examples:
  trail-verify collect s3://my-trail-bucket ./evidence --from 2026-11-01 --to 2026-11-08
  trail-verify verify ./evidence --keys cloudtrail-keys.jsonl

The copy holds the keys as well, but whoever could change the copy could change them too: take them
from CloudTrail yourself (trail-verify keys fetch) where it matters.
`,
  keys: `
Examples:
  trail-verify keys fetch --region us-east-1 eu-west-1 --from 90d --output cloudtrail-keys.jsonl
  trail-verify keys list cloudtrail-keys.jsonl
`,
  keysFetch: `
Examples:
  trail-verify keys fetch --region us-east-1 --from 2026-01-01 --output cloudtrail-keys.jsonl
`,
  keysList: `
Examples:
  trail-verify keys list cloudtrail-keys.jsonl
  aws cloudtrail list-public-keys --start-time 2026-01-01 > keys.json && trail-verify keys list keys.json
`,
  explain: `
Examples:
  trail-verify explain
  trail-verify explain CHAIN_ENDS_EARLY
`,
};
