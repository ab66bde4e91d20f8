/** What stands below each command's help. */
export const EXAMPLES: Readonly<
  Record<
    | 'root'
    | 'verify'
    | 'collect'
    | 'keys'
    | 'keysFetch'
    | 'keysList'
    | 'report'
    | 'reportVerify'
    | 'reportRender'
    | 'keygen'
    | 'evidence'
    | 'evidencePack'
    | 'evidenceVerify'
    | 'prove'
    | 'proofVerify'
    | 'recover'
    | 'doctor'
    | 'explain'
    | 'explainGap',
    string
  >
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
  trail-verify verify ./bag --layout bag --keys cloudtrail-keys.jsonl
  trail-verify verify s3://replica --relocated original=replica --profile audit
  trail-verify verify s3://my-trail-bucket --from 36h --format markdown >> "$GITHUB_STEP_SUMMARY"
  trail-verify verify s3://my-trail-bucket --from 30d --also html,junit
  trail-verify verify s3://my-trail-bucket --from 30d --accept accepted.json
  trail-verify verify s3://my-trail-bucket --sign-key auditor.key.pem --sign-cert auditor.cert.pem --tsa http://timestamp.example.com
  trail-verify verify s3://my-trail-bucket --state s3://audit-state/trail-verify.json --recheck-sample 1%

Exit codes: 0 VALID, 1 INVALID, 2 usage or configuration, 3 INCONCLUSIVE, 4 the run failed.
`,
  collect: `
Examples:
  trail-verify collect s3://my-trail-bucket ./evidence --from 2026-11-01 --to 2026-11-08
  trail-verify verify ./evidence --keys cloudtrail-keys.jsonl

Take the keys from CloudTrail yourself (trail-verify keys fetch) and keep them apart: those that lie
in the copy prove nothing of it, for whoever could change the copy could change them too.
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
  report: `
Examples:
  trail-verify report verify trail-verify-20261120T190000Z/report.json --trust auditor.cert.pem
  trail-verify report render trail-verify-20261120T190000Z/report.json --format html --output report.html
`,
  reportVerify: `
Examples:
  trail-verify report verify report.json --trust auditor.cert.pem
  trail-verify report verify report.json --trust company-ca.pem --tsa-ca timestamp-ca.pem
  trail-verify report verify report.json --trust auditor.cert.pem --bundle report.sigstore.json
  openssl cms -verify -binary -inform DER -in report.json.p7s -content report.json -CAfile auditor.cert.pem -out /dev/null

Exit codes: 0 the report is as a trusted signer signed it, 1 it was changed or forged, 2 usage or
configuration, 3 unproven (not signed, nobody trusted, expired without a timestamp), 4 the check failed.
The verdict that the report holds is printed, and has no part in this.
`,
  keygen: `
Examples:
  trail-verify keygen --output auditor --subject "CN=Auditor,O=Example" --passphrase-env AUDITOR_PASSPHRASE
  trail-verify keygen --csr --output auditor --subject "CN=Auditor,O=Example,C=DE" --key-type ecdsa-p256
  trail-verify verify s3://my-trail-bucket --sign-key auditor.key.pem --sign-cert auditor.cert.pem

Without --passphrase-env or --passphrase-file the key is not encrypted. Give the certificate, or its
SHA-256, to those who check reports, on a way that reports do not take.
`,
  reportRender: `
Examples:
  trail-verify report render report.json --format html --output report.html
  trail-verify report render report.json --format sarif > report.sarif
  trail-verify report render report.json --format markdown >> "$GITHUB_STEP_SUMMARY"
`,
  evidence: `
Examples:
  trail-verify evidence pack s3://my-trail-bucket --from 30d --output bag
  trail-verify evidence verify bag --trust auditor.cert.pem
  sh verify.sh auditor.cert.pem - bag
`,
  evidencePack: `
Examples:
  trail-verify evidence pack s3://my-trail-bucket --from 30d --output bag
  trail-verify verify s3://my-trail-bucket --from 30d --output bag --bag
  trail-verify evidence pack s3://my-trail-bucket --include-logs --output bag --archive bag.tar.gz

Exit codes: those of verify.
`,
  evidenceVerify: `
Examples:
  trail-verify evidence verify bag --trust auditor.cert.pem
  trail-verify evidence verify bag --trust company-ca.pem --tsa-ca timestamp-ca.pem --keys cloudtrail-keys.jsonl

Exit codes: 0 VALID, 1 INVALID (the bag is genuine and shows tampering) or REFUSED (the bag is not what was
signed), 2 usage or configuration, 3 INCONCLUSIVE, 4 the check failed.
`,
  prove: `
Examples:
  trail-verify prove s3://my-trail-bucket/AWSLogs/111122223333/CloudTrail/…json.gz --report report.json --output proof.json
  trail-verify prove 7bd5a1c5-… --log s3://my-trail-bucket/AWSLogs/…json.gz --report report.json --output proof.json
  trail-verify prove 7bd5a1c5-… --log ./copy/…json.gz --source ./copy --report report.json > proof.json

Exit codes: 0 proven, 1 what is proven is that the object is not intact, or the inventory or an object
is not the report's, 2 usage or configuration, 3 unproven, 4 the proof could not be made.
`,
  proofVerify: `
Examples:
  trail-verify proof verify proof.json --report report.json
  trail-verify proof verify proof.json --report report.json --keys cloudtrail-keys.jsonl
  trail-verify report verify report.json --trust auditor.cert.pem

Exit codes: 0 the object is as AWS signed it, 1 it is not, or the proof is forged, 2 usage or
configuration, 3 unproven, 4 the check failed.
`,
  doctor: `
Examples:
  trail-verify doctor arn:aws:cloudtrail:us-east-1:111122223333:trail/my-trail
  trail-verify doctor s3://my-trail-bucket --ignore S3.20 CloudTrail.5
  trail-verify doctor s3://my-trail-bucket --expect-events AWS::S3::Object AWS::Lambda::Function
  trail-verify doctor s3://my-trail-bucket --format markdown >> "$GITHUB_STEP_SUMMARY"

Exit codes: 0 PASSED, 1 FAILED, 2 usage or configuration, 3 INCONCLUSIVE (something could not be learned),
4 the run failed. Notes and ignored checks have no part in it.
`,
  recover: `
Examples:
  trail-verify verify s3://my-trail-bucket --from 7d --output result
  trail-verify recover result/report.json ./recovered

Exit codes: 0 everything was recovered, 2 usage or configuration, 3 something was not, 4 the run failed.
`,
  explain: `
Examples:
  trail-verify explain
  trail-verify explain CHAIN_ENDS_EARLY
`,
  explainGap: `
Examples:
  trail-verify explain-gap trail-verify-20261120T190000Z/report.json
  trail-verify explain-gap report.json --chain '111122223333/us-east-1/*' --verbose

Only verified log files are searched: what the trail itself did not record is not told. Exits 0
whatever the verdict.
`,
};
