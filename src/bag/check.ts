import { createHash } from 'node:crypto';
import { isoTime } from '../base/clock.ts';
import { append } from '../base/lists.ts';
import { VERSION } from '../base/version.ts';
import { sha256 } from '../crypto/hash.ts';
import type { PublicKey } from '../crypto/public-key.ts';
import type { Verdict } from '../findings/finding.ts';
import type { Certificate } from '../pki/certificate.ts';
import { escapeTerminal } from '../render/escape.ts';
import { foreignOrigins } from '../render/facts/report.ts';
import { RENDER_FORMATS, renderedFiles } from '../render/rendering.ts';
import { countOf } from '../render/words.ts';
import { type Problem, unproven, violation } from '../report/check.ts';
import { countAccepted, verdictHeadline } from '../report/findings-beyond.ts';
import type { Report } from '../report/report.ts';
import { MOST_REPORT_BYTES } from '../report/report-schema.ts';
import { checkReport, type ReportCheck } from '../signed/check-report.ts';
import type { SignedBy } from '../signed/check-signature.ts';
import { COMPANION_CHECKS } from '../signed/companions.ts';
import { PAYLOAD_MANIFEST } from '../source/bag/index.ts';
import { checkBagDigests, checkBagLogs, type DigestCounts, type LogCounts } from './check-contents.ts';
import {
  type BagFolderReader,
  checkBagFiles,
  type FilesCheck,
  MOST_SIGNATURE_BYTES,
  oversizedSignatures,
  readBagKeys,
  rereadFolder,
} from './check-files.ts';
import { checkBagQueries, type QueryCounts } from './check-queries.ts';
import { type BagWitness, checkBagWitness, WITNESS_DOCUMENT } from './check-witness.ts';
import { bagTexts, signatureFacts } from './texts.ts';
import { WITNESS_WORTH } from './witness-text.ts';

/**
 * Checks an evidence bag: that its report is signed by somebody trusted, that the files are exactly those that the report's
 * manifest names, and that AWS's signatures in it confirm the report. `verify.sh` does the same with
 * openssl alone and comes to the same conclusion, but it cannot make again the files that no signature covers.
 */

/** What is checked, and against whom. */
export interface BagCheckOptions {
  readonly folder: BagFolderReader;
  /** As in `checkReport`. */
  readonly trust: readonly Certificate[];
  readonly timestampTrust?: readonly Certificate[] | undefined;
  /** CloudTrail's public keys from elsewhere: those of the bag must then be among them. */
  readonly keys?: readonly PublicKey[] | undefined;
  /** `verify.sh` of this package; without it that of the bag is named as not covered. */
  readonly script?: Uint8Array | undefined;
  /** The present, milliseconds since the epoch. */
  readonly now: number;
}

/** What a check came to. */
export interface BagCheck {
  /** REFUSED: not what was signed; else the report's verdict on the trail, INCONCLUSIVE where the bag is not proven. */
  readonly conclusion: Verdict | 'REFUSED';
  readonly problems: readonly Problem[];
  readonly report: Report | undefined;
  readonly signature: ReportCheck;
  /** Whether the bag's keys were compared with keys from elsewhere; else they are the word of the report's signer. */
  readonly keysGiven: boolean;
  readonly files: { readonly payload: number; readonly tag: number };
  readonly digests: DigestCounts;
  /** Files around the evidence that no signature covers and that could not be made again, in order. */
  readonly uncovered: readonly string[];
  /** Undefined where the bag holds no log files. */
  readonly logs: LogCounts | undefined;
  /** Undefined where the bag holds no query results. */
  readonly queries: QueryCounts | undefined;
  /** Undefined where the bag holds no corroboration of its report. */
  readonly witness: BagWitness | undefined;
}

/** Checks the bag in a folder; every fault in it is a problem, never an error. */
export async function checkBag(options: BagCheckOptions): Promise<BagCheck> {
  const folder = rereadFolder(options.folder);
  const signed = await readSigned(options.folder);
  const signature = await checkSignature(options, signed);
  const problems: Problem[] = signature.problems.map(({ weight, text }) => ({ weight, text }));
  const { report } = signature;
  const manifestHash = (await folder.hash(PAYLOAD_MANIFEST))?.sha256;
  if (report !== undefined && report.evidence?.payloadManifestSha256 !== manifestHash)
    problems.push(violation(`${PAYLOAD_MANIFEST} is not the one that the report names`));
  const files = await checkBagFiles(folder);
  append(problems, files.problems);
  const keys = await readBagKeys(folder, files.names, options.keys);
  append(problems, keys.problems);
  const digests = await checkBagDigests(folder, files.names, keys.byFingerprint, report);
  append(problems, digests.problems);
  const logs = await checkBagLogs(folder, files.names, digests, report);
  append(problems, logs.problems);
  const queries = await checkBagQueries(folder, files.names, keys.byFingerprint, report);
  append(problems, queries.problems);
  append(problems, await oversizedSignatures(folder, files.names, REPORT_SIGNATURES));
  const witness = await checkBagWitness(
    folder,
    files.names,
    { report, sha256: sha256(signed.bytes) },
    options,
  );
  append(problems, witness.problems);
  const contradicting =
    digests.counts.contradicting + (logs.counts?.contradicting ?? 0) + (queries.counts?.contradicting ?? 0);
  if (report?.verdict === 'VALID' && contradicting > 0)
    problems.push(violation(`the report says VALID, and ${contradicting} things in the bag contradict it`));
  const unsigned = await unsignedOf(options, signed, {
    report,
    problems,
    files,
    hasLogs: logs.counts !== undefined,
  });
  append(problems, unsigned.problems);
  if (report === undefined && problems.length === 0) problems.push(unproven('there is no report'));
  return {
    conclusion: conclusionOf(problems, report),
    problems,
    report,
    signature,
    keysGiven: options.keys !== undefined,
    files: files.counts,
    digests: digests.counts,
    uncovered: [...unsigned.uncovered, ...witness.uncovered],
    logs: logs.counts,
    queries: queries.counts,
    witness: witness.witness,
  };
}

const REPORT_SIGNATURES = ['report.json.p7s', 'report.json.p7s.tsr', 'report.sigstore.json'];

/** The report's bytes and the files of its signature. */
interface SignedFiles {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array | undefined;
  readonly timestamp: Uint8Array | undefined;
}

async function readSigned(folder: BagFolderReader): Promise<SignedFiles> {
  return {
    bytes: (await folder.read('report.json', MOST_REPORT_BYTES)) ?? new Uint8Array(),
    signature: await folder.read('report.json.p7s', MOST_SIGNATURE_BYTES),
    timestamp: await folder.read('report.json.p7s.tsr', MOST_SIGNATURE_BYTES),
  };
}

async function checkSignature(
  { folder, trust, timestampTrust, now }: BagCheckOptions,
  { bytes, signature, timestamp }: SignedFiles,
): Promise<ReportCheck> {
  return checkReport({
    report: bytes,
    signature,
    timestamp,
    bundle: await folder.read('report.sigstore.json', MOST_SIGNATURE_BYTES),
    trust,
    timestampTrust,
    now,
    companions: { checks: COMPANION_CHECKS, open: (name) => openCompanion(folder, name) },
  });
}

/** A refused report is not rendered: then none of the files around it is covered. */
async function unsignedOf(
  { folder, script }: BagCheckOptions,
  { bytes, signature, timestamp }: SignedFiles,
  known: {
    readonly report: Report | undefined;
    readonly problems: readonly Problem[];
    readonly files: FilesCheck;
    readonly hasLogs: boolean;
  },
): Promise<UnsignedCheck> {
  const { report, problems, files, hasLogs } = known;
  const { names } = files;
  if (report === undefined || problems.some(({ weight }) => weight === 'violation'))
    return { problems: [], uncovered: DERIVED_FILES.filter((name) => names.has(name)) };
  return checkUnsigned(folder, {
    report,
    reportSha256: sha256(bytes),
    reportBytes: bytes,
    signature,
    timestamp,
    names,
    payload: { files: files.counts.payload, bytes: files.payloadBytes },
    includesLogs: hasLogs,
    script,
  });
}

/** A companion file of the report, by its plain name: a name in a report must not lead elsewhere. */
async function openCompanion(
  folder: BagFolderReader,
  name: string,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) || (await folder.hash(name)) === undefined) return undefined;
  return folder.pieces(name);
}

function conclusionOf(problems: readonly Problem[], report: Report | undefined): BagCheck['conclusion'] {
  if (problems.some(({ weight }) => weight === 'violation')) return 'REFUSED';
  return problems.length > 0 || report === undefined ? 'INCONCLUSIVE' : report.verdict;
}

/** The last line of a check, without its end: where no keys were given, the same as that of `verify.sh`, which takes none. */
export function bagConclusion({ conclusion, problems, report, keysGiven }: BagCheck): string {
  switch (conclusion) {
    case 'REFUSED':
      return 'REFUSED: this bag is not what a trusted signer signed, or contradicts itself';
    case 'VALID':
      return `${validBag(report)}${keysGiven ? '' : " (that its keys are AWS's is the signer's word)"}`;
    case 'INVALID':
      return "GENUINE: this bag is as it was signed; its report says INVALID: evidence contradicts AWS's signatures";
    case 'INCONCLUSIVE':
      return problems.length > 0
        ? `UNPROVEN: this bag is not proven; its report says ${report?.verdict ?? ''}`
        : 'GENUINE: this bag is as it was signed; its report says INCONCLUSIVE: something is not proven';
  }
}

function validBag(report: BagCheck['report']): string {
  if (report !== undefined && countAccepted(report) > 0)
    return `GENUINE: this bag is as it was signed; its report says ${verdictHeadline(report)}: all else is as AWS signed it`;
  return 'GENUINE: this bag is as it was signed; its report says VALID: everything is as AWS signed it';
}

/** Problems shown of each weight, so that a bag with a million changed files says so in a page. */
const MOST_PROBLEMS = 50;

/** What a check of a bag came to, line by line, harmless for a terminal; the conclusion is the last. */
export function renderBagCheck(check: BagCheck): string {
  const { problems, report, signature, keysGiven, files, digests, logs, queries, witness, uncovered } = check;
  const lines: string[] = [];
  for (const [weight, mark] of [
    ['violation', 'FAIL'],
    ['unproven', 'SKIP'],
  ] as const) {
    const texts = problems.filter((problem) => problem.weight === weight).map(({ text }) => text);
    lines.push(...texts.slice(0, MOST_PROBLEMS).map((text) => `${mark}  ${escapeTerminal(text)}`));
    if (texts.length > MOST_PROBLEMS) lines.push(`${mark}  and ${texts.length - MOST_PROBLEMS} more`);
  }
  lines.push(...signerLines('report.json', signature));
  for (const origin of foreignOrigins(report))
    lines.push(`      public keys from ${escapeTerminal(origin)}, which is not AWS's`);
  if (!keysGiven)
    lines.push(
      "      public keys are the word of the report's signer, not compared with another source (give --keys)",
    );
  lines.push(`      ${countOf(files.payload, 'file')} of evidence and ${files.tag} around them named`);
  if (uncovered.length > 0) lines.push(`NOTE  not covered by the signature: ${uncovered.join(', ')}`);
  lines.push(
    `      ${countOf(digests.checked, 'digest file')}: ${digests.proven} proven by AWS's signatures, ${digests.contradicting} contradicted`,
  );
  lines.push(
    logs === undefined
      ? '      no log files: what the report says of them rests on its signature'
      : `      ${countOf(logs.checked, 'log file')}: ${logs.agreeing} as AWS's digests recorded them, ${logs.contradicting} not`,
  );
  if (queries !== undefined) lines.push(...queryLines(queries));
  if (witness !== undefined) lines.push(...witnessLines(witness));
  return `${[...lines, bagConclusion(check)].join('\n')}\n`;
}

/** Who signed a file of the bag, and when. */
function signerLines(file: string, { signed, timestamp }: SignedBy): readonly string[] {
  const lines: string[] = [];
  if (timestamp !== undefined)
    lines.push(
      `      signed before ${isoTime(timestamp.time)}, as ${escapeTerminal(timestamp.signer.name)} confirms`,
    );
  if (signed !== undefined) {
    const { name, fingerprint } = signed.signer;
    lines.push(`      ${file} as ${escapeTerminal(name)} (certificate SHA-256 ${fingerprint}) signed it`);
  }
  return lines;
}

function witnessLines({ recovered, unlogged, refusal, signature }: BagWitness): readonly string[] {
  const counts = `${countOf(recovered, 'recovered event')}, ${unlogged} unlogged`;
  return [
    ...(refusal === undefined
      ? []
      : [`NOTE  ${escapeTerminal(refusal)}: no command that reads one takes it`]),
    ...(signature === undefined
      ? [`NOTE  ${WITNESS_DOCUMENT} is not signed`]
      : signerLines(WITNESS_DOCUMENT, signature)),
    `      what a witness said of the report: ${refusal === undefined ? counts : 'not counted'}; ${WITNESS_WORTH}`,
  ];
}

function queryLines({ signFiles, proven, results }: QueryCounts): readonly string[] {
  return [
    `      ${countOf(signFiles, 'sign file')} of query results: ${proven} proven by AWS's signatures`,
    results === undefined
      ? '      no query results: what the report says of them rests on its signature'
      : `      ${countOf(results.checked, 'query result')}: ${results.agreeing} as their sign files list them`,
  ];
}

/**
 * The files of a bag that no signature covers. To change one, it is enough to make the tag manifest again. So those that follow from
 * the report are made again and compared, and the others are named.
 */

/** What is known of a bag whose report and evidence are checked already. */
interface UnsignedFacts {
  readonly report: Report;
  /** SHA-256 of `report.json`, hex. */
  readonly reportSha256: string;
  readonly reportBytes: Uint8Array;
  readonly signature: Uint8Array | undefined;
  readonly timestamp: Uint8Array | undefined;
  /** Files that are as their manifest says. */
  readonly names: ReadonlySet<string>;
  readonly payload: { readonly files: number; readonly bytes: number };
  readonly includesLogs: boolean;
  /** `verify.sh` of this package; undefined where nobody has it. */
  readonly script: Uint8Array | undefined;
}

/** What of the unsigned files was found. */
interface UnsignedCheck {
  readonly problems: readonly Problem[];
  /** Those of which nothing shows that they are as they were written, in order. */
  readonly uncovered: readonly string[];
}

const MOST_TEXT_BYTES = 64 * 1024 * 1024;
const TEXTS = ['CERTIFICATION.md', 'VERIFY.md', 'bag-info.txt'] as const;

/** The names of the files that no signature ever covers and that follow from the report. */
const DERIVED_FILES: readonly string[] = [
  ...TEXTS,
  ...RENDER_FORMATS.flatMap(renderedFiles).map(({ name }) => name),
  'verify.sh',
].sort();

/** Holds each unsigned file against what this version writes for the report; another version may write it otherwise. */
async function checkUnsigned(folder: BagFolderReader, facts: UnsignedFacts): Promise<UnsignedCheck> {
  const problems = [...unnamed(facts)];
  const uncovered = new Set<string>();
  const isOwn = facts.report.tool.version === VERSION;
  const { report, names } = facts;
  for (const { name, pieces } of RENDER_FORMATS.flatMap(renderedFiles)) {
    if (!names.has(name)) continue;
    // What a rendering says depends on nothing but the report.
    if (!isOwn) uncovered.add(name);
    else if ((await folder.hash(name))?.sha256 !== hashOf(pieces(report, facts.reportSha256)))
      problems.push(violation(`${name} is not what trail-verify ${VERSION} renders of the report`));
  }
  const texts = isOwn ? await textsOf(folder, facts) : new Map<string, string>();
  for (const name of TEXTS) {
    // A report that is signed or timestamped again keeps its texts, so that another text is no sign of a change.
    if (names.has(name) && !(await isText(folder, name, texts.get(name)))) uncovered.add(name);
  }
  if (names.has('verify.sh') && !(await isFile(folder, 'verify.sh', facts.script)))
    uncovered.add('verify.sh');
  return { problems, uncovered: [...uncovered].sort() };
}

/** Files that are there only where the report names them. */
function unnamed({ report, names }: UnsignedFacts): readonly Problem[] {
  const named = new Set([report.objects?.inventory.path, report.overflowFindings?.path]);
  return ['inventory.jsonl.gz', 'overflow-findings.jsonl.gz']
    .filter((name) => names.has(name) && !named.has(name))
    .map((name) => violation(`a file that the report does not name: ${name}`));
}

async function textsOf(folder: BagFolderReader, facts: UnsignedFacts): Promise<ReadonlyMap<string, string>> {
  const { report, reportSha256, reportBytes, signature, timestamp, payload, includesLogs } = facts;
  const script = await folder.read('verify.sh', MOST_TEXT_BYTES);
  if (script === undefined) return new Map();
  const signed = signatureFacts(reportBytes, signature, timestamp);
  return bagTexts({ report, reportSha256, ...signed, script, payload, includesLogs });
}

function isText(folder: BagFolderReader, name: string, text: string | undefined): Promise<boolean> {
  return isFile(folder, name, text === undefined ? undefined : Buffer.from(text));
}

async function isFile(
  folder: BagFolderReader,
  name: string,
  expected: Uint8Array | undefined,
): Promise<boolean> {
  return expected !== undefined && (await folder.hash(name))?.sha256 === hashOf([expected]);
}

function hashOf(pieces: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
