/**
 * trail-verify: proves whether AWS CloudTrail log files are intact.
 *
 *     const source = openS3(openAwsSession());
 *     const keyRing = fixedKeyRing(readKeyFile(await readFile('cloudtrail-keys.jsonl'), 'cloudtrail-keys.jsonl'));
 *     const report = await verifyTrail({ source, keyRing, targets: [{ bucket: 'my-trail-bucket', prefix: '' }] });
 *
 * This is what embedding a verification takes. Beside it there are `trail-verify/report` (read, render and sign reports),
 * `trail-verify/evidence` (copies, bags, proofs, recovery), `trail-verify/state` (what one run leaves for the next),
 * `trail-verify/doctor` (how a trail is set up), and for AWS Lambda `trail-verify/lambda`.
 */

export { listPublicKeys } from './aws/keys.ts';
export { type AwsSession, type AwsSettings, openAwsSession } from './aws/session.ts';
export { describeTrail } from './aws/trail.ts';
export type { TrailDescription } from './aws/trail-description.ts';
export { type BagCheck, checkBag } from './bag/check.ts';
export { type Clock, fixedClock } from './base/clock.ts';
export { type ErrorCode, TrailVerifyError } from './base/errors.ts';
export type { Scope } from './chain/expectations.ts';
export { trailExpectations } from './chain/expectations.ts';
export { placeProver } from './chain/folders-without-digests.ts';
export type { ExaminedObject, Expectation, TakeExamined } from './chain/list-digests.ts';
export { type CheckerOptions, openChecker } from './checking/check-threads.ts';
export { readKeyFile } from './crypto/key-file.ts';
export { fixedKeyRing, type LiveKeyRingOptions, liveKeyRing } from './crypto/key-rings.ts';
export type { KeyLookup, KeyQuery, KeyRing, PublicKey } from './crypto/public-key.ts';
export { type Relocation, relocator } from './digest/digest-key.ts';
export { CATALOGUE } from './findings/catalogue.ts';
export type { Acceptance, TrailEvent } from './findings/event.ts';
export {
  type Finding,
  type FindingCode,
  type FindingOf,
  type Outcome,
  type Verdict,
  verdictOf,
  type Weight,
} from './findings/finding.ts';
export { checkProof, type ProofCheck } from './proof/check.ts';
export { RENDER_FORMATS, type RenderFormat, renderPieces } from './render/rendering.ts';
export type { Report } from './report/report.ts';
export { type ReadReport, readReport } from './report/report-schema.ts';
export { checkReport, type ReportCheck } from './signed/check-report.ts';
export { type BagSource, openBag } from './source/bag/bag-source.ts';
export { type FolderOptions, type FolderSource, openFolder } from './source/folder/folder-source.ts';
export { openS3, type S3Options } from './source/s3/s3-source.ts';
export type {
  ListedObject,
  ListRequest,
  ObjectRef,
  OpenOptions,
  Source,
  StoredObject,
} from './source/source.ts';
export { limitRate } from './source/wrappers.ts';
export type { Target, VerifyOptions } from './verify-options.ts';
export { examineTrail, verifyTrail } from './verify-trail.ts';
export { openWalker, type WalkerOptions } from './walking/walk-threads.ts';
