/**
 * The files of a bag that no signature covers. Whoever changes one only has to make the tag manifest anew; so those that follow from
 * the report are made anew and compared, and the rest is told by name.
 */
import { createHash } from 'node:crypto';
import { VERSION } from '../base/version.ts';
import { RENDER_FORMATS, renderingFileName, renderPieces } from '../render/rendering.ts';
import type { Report } from '../report/report.ts';
import { type BagFolderReader, type BagProblem, refusal } from './check-files.ts';
import { bagTexts, signatureFacts } from './texts.ts';

/** What is known of a bag whose report and evidence are checked already. */
export interface UnsignedFacts {
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
export interface UnsignedCheck {
  readonly problems: readonly BagProblem[];
  /** Those of which nothing shows that they are as they were written, in order. */
  readonly uncovered: readonly string[];
}

const MOST_TEXT_BYTES = 64 * 1024 * 1024;
const TEXTS = ['CERTIFICATION.md', 'VERIFY.md', 'bag-info.txt'] as const;

/** The names of the files that no signature ever covers and that follow from the report. */
export const DERIVED_FILES: readonly string[] = [
  ...TEXTS,
  ...RENDER_FORMATS.map((format) => renderingFileName(format)),
  'verify.sh',
].sort();

/** Holds each unsigned file against what this version writes for the report; another version may write it otherwise. */
export async function checkUnsigned(folder: BagFolderReader, facts: UnsignedFacts): Promise<UnsignedCheck> {
  const problems = [...unnamed(facts)];
  const uncovered = new Set<string>();
  const isOwn = facts.report.tool.version === VERSION;
  const { report, names } = facts;
  for (const format of RENDER_FORMATS) {
    const name = renderingFileName(format);
    if (!names.has(name)) continue;
    // What a rendering says depends on nothing but the report.
    if (!isOwn) uncovered.add(name);
    else if ((await folder.hash(name))?.sha256 !== hashOf(renderPieces(format, report, facts.reportSha256)))
      problems.push(refusal(`${name} is not what trail-verify ${VERSION} renders of the report`));
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
function unnamed({ report, names }: UnsignedFacts): readonly BagProblem[] {
  const named = new Set([report.objects?.inventory.path, report.furtherFindings?.path]);
  return ['inventory.jsonl.gz', 'further-findings.jsonl.gz']
    .filter((name) => names.has(name) && !named.has(name))
    .map((name) => refusal(`a file that the report does not name: ${name}`));
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
