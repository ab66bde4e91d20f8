/**
 * trail-verify: proves whether AWS CloudTrail log files are intact.
 *
 *     const source = openS3(openAwsSession());
 *     const keyRing = fixedKeyRing(readKeyFile(await readFile('cloudtrail-keys.jsonl'), 'cloudtrail-keys.jsonl'));
 *     const report = await verifyTrail({ source, keyRing, targets: [{ bucket: 'my-trail-bucket', prefix: '' }] });
 */

export type { ConfiguredEndpoint } from './aws/endpoint.ts';
export { endpointLimits, tlsLimits } from './aws/endpoint-limits.ts';
export type { AwsService } from './aws/hosts.ts';
export { callerIdentity } from './aws/identity.ts';
export { listPublicKeys, type PublicKeyAnswer } from './aws/keys.ts';
export { type KmsAlgorithm, type KmsKey, openKmsKey } from './aws/kms.ts';
export type {
  Asked,
  BucketPosture,
  EventSelectors,
  FieldSelector,
  Permission,
  Posture,
  TrailPosture,
} from './aws/posture.ts';
export { type PostureTarget, readPosture } from './aws/read-posture.ts';
export { type AwsSession, type AwsSettings, openAwsSession } from './aws/session.ts';
export { describeTrail } from './aws/trail.ts';
export type { TrailDescription } from './aws/trail-description.ts';
export { BagBuilder, type BagFiles, type PayloadFacts, type TagFacts } from './bag/build.ts';
export { type BagCheck, type BagCheckOptions, bagConclusion, checkBag, renderBagCheck } from './bag/check.ts';
export type { DigestCounts, LogCounts } from './bag/check-contents.ts';
export type { BagFolderReader, BagProblem } from './bag/check-files.ts';
export type { BagFacts } from './bag/facts.ts';
export { type TarEntry, tarPieces } from './bag/tar.ts';
export { signatureFacts } from './bag/texts.ts';
export { type Clock, fixedClock, isoTime, systemClock } from './base/clock.ts';
export { type ErrorCode, type ErrorDetails, isObjectError, TrailVerifyError } from './base/errors.ts';
export { strictJson, strictText } from './base/json.ts';
export { fieldText, parseBy, type SchemaProblem } from './base/schema-problem.ts';
export type { ChainWalker } from './chain/chain-plan.ts';
export type { ExaminedDigest, ExaminedLog, ExaminedObject, TakeExamined } from './chain/examined-object.ts';
export type { Expectation } from './chain/expectation.ts';
export { type FoundDigest, placeProver } from './chain/prove-places.ts';
export type { Scope } from './chain/scope.ts';
export { trailExpectations } from './chain/trail-expectations.ts';
export { type CheckerOptions, openChecker } from './checking/check-threads.ts';
export type { Checker, OpenChecker } from './checking/checker.ts';
export { type CollectOptions, collect } from './copy/collect.ts';
export { HANDLES_HINT, isDiskFull, isOutOfHandles } from './copy/disk-full.ts';
export { type CopyScope, planCopy } from './copy/plan.ts';
export type { CollectProgress, CopyRange } from './copy/range.ts';
export { type CopyWriter, type CopyWriterOptions, openCopyWriter } from './copy/writer.ts';
export { distrustKeys, fixedKeyRing } from './crypto/fixed-key-ring.ts';
export type { HashedContent, HashedFile } from './crypto/hash-gzip.ts';
export type { HashFile } from './crypto/hasher.ts';
export { bindKey, formatKeyLine, MOST_KEY_FILE_BYTES, readKeyFile } from './crypto/key-file.ts';
export type { KeyDistrust, KeyLookup, KeyQuery, KeyRing, PublicKey } from './crypto/key-ring.ts';
export {
  type ListedKey,
  type ListKeys,
  type LiveKeyRingOptions,
  listedKey,
  liveKeyRing,
} from './crypto/live-key-ring.ts';
export { sha256 } from './crypto/sha256.ts';
export { type Chain, chainId } from './digest/chain-id.ts';
export { type ChainKind, isAccountId, isOrganizationId, isRegionName } from './digest/digest-key.ts';
export { type Relocation, type Relocator, relocator } from './digest/relocation.ts';
export type { ExpectedEvents } from './doctor/check-trail.ts';
export type { Check, CheckResult, PolicyStatement } from './doctor/checks.ts';
export { type Diagnosis, type DiagnosisOptions, diagnose } from './doctor/diagnose.ts';
export {
  DIAGNOSIS_FORMATS,
  type DiagnosisFormat,
  diagnosisLine,
  renderDiagnosis,
} from './doctor/render.ts';
export { type Acceptance, isAcceptable, isCloseEnough } from './findings/acceptance.ts';
export { CATALOGUE, type CatalogueEntry } from './findings/catalogue.ts';
export type { ControlEvent, ControlEventName, EventActor } from './findings/control-event.ts';
export type { ByteCount, EventFamily, Limit, Progress, SegmentEnd, TrailEvent } from './findings/event.ts';
export type {
  ExpectationBasis,
  Finding,
  FindingCode,
  FindingObject,
  FindingOf,
  ObjectHistory,
  Outcome,
  ReadFailure,
  Span,
  Weight,
} from './findings/finding.ts';
export type { ChainDepth, Depth, StateRecord, StateUse } from './findings/state-use.ts';
export { type Verdict, verdictOf } from './findings/verdict.ts';
export { matchesWildcard } from './findings/wildcard.ts';
export {
  type Recovered,
  type RecoveredObject,
  type RecoverRequest,
  recoverVersions,
} from './history/recover.ts';
export type { SignatureAlgorithm } from './pki/algorithms.ts';
export {
  type Certificate,
  certificatePem,
  parseName,
  pemText,
  readCertificate,
  readCertificateFile,
} from './pki/certificate.ts';
export type { SignedData } from './pki/cms.ts';
export {
  type BareSigner,
  bareSigner,
  certificateRequest,
  isEncryptedKey,
  type KeyKind,
  makePrivateKey,
  type Pkcs12,
  privateKeyPem,
  readPkcs12,
  readPrivateKey,
  selfSignedCertificate,
  type Validity,
} from './pki/keys.ts';
export {
  algorithmFor,
  keySigner,
  type ReportSigner,
  requireValidSigner,
  type SigningTask,
  signContent,
  signerCertificate,
  signerChain,
} from './pki/sign.ts';
export {
  embedTimestamp,
  type PostBytes,
  requestTimestamp,
  type Stamp,
  type Timestamp,
  type TimestampOptions,
} from './pki/timestamp.ts';
export { checkProof, type ProofCheck, type ProofCheckOptions, renderProofCheck } from './proof/check.ts';
export type { ProofProblem } from './proof/check-digests.ts';
export {
  type EventPlace,
  findEvent,
  makeProof,
  type ProofMaterial,
  type ProofSubject,
} from './proof/make.ts';
export {
  formatProof,
  type Inclusion,
  MOST_PROOF_BYTES,
  type Proof,
  type ProofDigest,
  type ProofEvent,
  type ProofSignature,
  readProof,
} from './proof/proof.ts';
export { escapeHidden, escapeMarkdown, escapeTerminal } from './render/escape.ts';
export { acceptanceWarnings, reportSha256 } from './render/facts/report.ts';
export {
  asciiJson,
  jsonPieces,
  renderEventLine,
  renderJson,
  renderVerdictLine,
} from './render/formats/json.ts';
export { renderMarkdown } from './render/formats/markdown.ts';
export { renderMetrics } from './render/formats/metrics.ts';
export { RENDER_FORMATS, type RenderFormat, renderingFileName, renderPieces } from './render/rendering.ts';
export {
  FINDING_CODES,
  isFindingCode,
  renderCatalogue,
  renderExplanation,
  renderFindingsTable,
} from './render/text/explain.ts';
export { renderGaps } from './render/text/explain-gaps.ts';
export {
  alignTable,
  type Column,
  coloured,
  type Paint,
  plain,
  renderProgressLine,
  renderSignedLine,
  renderWrittenSection,
  type TextOptions,
  type Tone,
  type WrittenSignature,
} from './render/text/terminal.ts';
export { renderText, renderVerdict } from './render/text/text.ts';
export { countOf, formatBytes } from './render/words.ts';
export { eventByEvent } from './report/each-object.ts';
export type {
  AwsCaller,
  EndpointRecord,
  ExaminationFacts,
  ExaminerRecord,
  HostRecord,
  InputFile,
  ObjectsReport,
  SigningRecord,
} from './report/examination.ts';
export type { LineStore } from './report/line-store.ts';
export { MOST_REPORT_BYTES, type ReadReport, readReport } from './report/read-report.ts';
export type {
  AcceptanceReport,
  ChainReport,
  DigestTotals,
  FindingCount,
  FurtherFindings,
  KeyReport,
  LogTotals,
  Report,
  UncoveredSpan,
} from './report/report.ts';
export { BESIDE_CHECKS } from './signed/beside.ts';
export {
  type Bundle,
  formatBundle,
  keyHint,
  type ReportSummary,
  readBundle,
  type Statement,
  statementOf,
} from './signed/bundle.ts';
export {
  type BesideCheck,
  checkReport,
  type OpenBeside,
  type ReportCheck,
  type ReportCheckOptions,
  renderReportCheck,
} from './signed/check-report.ts';
export type { ReportProblem, ReportProblemCode, TimestampTrust } from './signed/problems.ts';
export { requireBundleSigner, signBundle, stampBundle } from './signed/sign-bundle.ts';
export { type BagSource, looksLikeBag, openBag } from './source/bag/bag-source.ts';
export { type BagFile, type BagFolder, bagFolder } from './source/bag/folder.ts';
export type { CollectReport, UnreadObject } from './source/folder/collect-report.ts';
export { type FolderOptions, type FolderSource, openFolder } from './source/folder/folder-source.ts';
export type { FolderLayout, ProvePlaces } from './source/folder/readings.ts';
export { openGivenFile, readGivenFile, readGivenSecret, readHandle } from './source/given-file.ts';
export { type PostOptions, postBytes } from './source/post-bytes.ts';
export { openS3, type S3Options } from './source/s3/s3-source.ts';
export type {
  BucketRetention,
  ExpiryRule,
  ListedObject,
  ListedVersion,
  ListRequest,
  ObjectRef,
  OpenOptions,
  Source,
  StoredObject,
} from './source/source.ts';
export { openStateFile } from './source/state/file.ts';
export { openStateObject } from './source/state/object.ts';
export type { StateStore, StoredState } from './source/state/store.ts';
export { readVerifyScript } from './source/verify-script.ts';
export { limitRate } from './source/wrappers.ts';
export {
  type ChainCheckpoint,
  type Checkpoint,
  type DayRecord,
  formatCheckpoint,
  type LastDigest,
  type NextCheckpoint,
  type PastCheckpoint,
  type PlaceCheckpoint,
  type ReadCheckpoint,
  type StateTarget,
  stateFileBytes,
} from './state/checkpoint.ts';
export {
  MOST_STATE_BYTES,
  readCheckpoint,
  requireFitting,
  type StateOptions,
  type StateSigners,
} from './state/read-checkpoint.ts';
export { stateTarget, type Target, type VerifyOptions } from './verify-options.ts';
export { examineTrail, verifyTrail } from './verify-trail.ts';
export { type OpenWalker, openWalker, type WalkerOptions } from './walking/walk-threads.ts';
