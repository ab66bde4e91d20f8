/**
 * The files of a former run, each known by its content: its documents by their schemas, and all that is next to them by the hash
 * that one names of the other. A name alone makes no file a run's, because a user may give it to a file of his own.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { checkDocument } from '../../../base/document-schema.ts';
import { TrailVerifyError } from '../../../base/errors.ts';
import { strictJson } from '../../../base/json.ts';
import { sha256 } from '../../../crypto/hash.ts';
import { EVENTS_FILE, type EventsDocument, readEvents } from '../../../events/events-document.ts';
import { type AnswerDocument, answerSchema } from '../../../query/answer-document.ts';
import { renderedFiles } from '../../../render/rendering.ts';
import { type ReadReport, readReport } from '../../../report/report-schema.ts';
import { inflate } from '../../../report/scan-inventory.ts';
import { readBundle } from '../../../signed/bundle.ts';
import { BAG_TAG_FILES } from '../../../source/bag/index.ts';
import { openGivenFile, readGivenFile } from '../../../source/given-file.ts';
import { ALSO_FORMATS } from '../../commands/report-options.ts';

/** The documents that a run leaves, each with the SHA-256 (hex) of its file. */
interface Documents {
  readonly report: ReadReport | undefined;
  readonly answer: { readonly document: AnswerDocument; readonly sha256: string } | undefined;
  readonly events: { readonly document: EventsDocument; readonly sha256: string } | undefined;
}

/** What a run left in a folder. */
export interface FormerFiles {
  /** The SHA-256 (hex) of its report; undefined where there is none. */
  readonly report: string | undefined;
  /** By the path of each file that may be there: whether it is what the run wrote. */
  readonly checks: ReadonlyMap<string, () => Promise<boolean>>;
}

const MOST_BYTES = 256 * 1024 * 1024;
const REPORT = 'report.json';
const ANSWER = 'answer.json';
const MANIFEST = 'manifest-sha256.txt';
const TAG_MANIFEST = 'tagmanifest-sha256.txt';

/** Where a bag has its payload. */
export const PAYLOAD: RegExp =
  /^data\/(?:(?:digests|logs|lake|keys|meta)\/|(?:digests|logs|sign-files|results)\.tsv$)/;

/** The files that a run may have left in `folder`; undefined where it has no document of one, and otherwise the name of one that is none. */
export async function formerFiles(
  folder: string,
): Promise<FormerFiles | { readonly none: string } | undefined> {
  const documents = await documentsIn(folder);
  if ('none' in documents) return documents;
  const { report, answer, events } = documents;
  if (report === undefined && answer === undefined) return undefined;
  // An export is proven by the report that is in its folder.
  if (events !== undefined && events.document.report.sha256 !== report?.sha256) return { none: EVENTS_FILE };
  const checks = new Map([
    ...(await checksOfBag(folder, report)),
    ...checksOfDocuments(folder, documents),
    ...checksOfReport(folder, report),
  ]);
  return { report: report?.sha256, checks };
}

async function documentsIn(folder: string): Promise<Documents | { readonly none: string }> {
  const read = async <Result>(
    name: string,
    parse: (bytes: Uint8Array) => Result,
  ): Promise<Result | undefined> => {
    const bytes = await contentOf(folder, name);
    return bytes === undefined ? undefined : parse(bytes);
  };
  let name = REPORT;
  try {
    const report = await read(name, (bytes) => readReport(bytes, REPORT));
    name = ANSWER;
    const answer = await read(name, (bytes) => ({ document: readAnswer(bytes), sha256: sha256(bytes) }));
    name = EVENTS_FILE;
    const events = await read(name, (bytes) => {
      return { document: readEvents(bytes, EVENTS_FILE), sha256: sha256(bytes) };
    });
    return { report, answer, events };
  } catch (error) {
    if (error instanceof TrailVerifyError) return { none: name };
    throw error;
  }
}

function readAnswer(bytes: Uint8Array): AnswerDocument {
  const read = strictJson(bytes);
  const checked = 'value' in read ? checkDocument(answerSchema(), read.value) : read;
  if ('value' in checked) return checked.value;
  throw new TrailVerifyError('EVIDENCE_INVALID', `${ANSWER} ${checked.problem}`);
}

type Check = readonly [name: string, isOwn: () => Promise<boolean>];

/** The documents, their signatures, and the files that they name. */
function checksOfDocuments(folder: string, { report, answer, events }: Documents): readonly Check[] {
  const named = [
    [REPORT, report?.sha256],
    [ANSWER, answer?.sha256],
    [EVENTS_FILE, events?.sha256],
  ] as const;
  const checks: Check[] = [];
  for (const [name, hash] of named) {
    if (hash === undefined) continue;
    const signature = `${name}.p7s`;
    const stamp = `${signature}.tsr`;
    checks.push([name, async () => true]);
    // What is signed or timestamped is named by its hash, in raw bytes (RFC 5652, 11.2; RFC 3161, 2.4.1).
    checks.push([signature, () => holds(folder, signature, Buffer.from(hash, 'hex'))]);
    checks.push([
      stamp,
      async () => {
        const signed = await contentOf(folder, signature);
        return signed !== undefined && holds(folder, stamp, Buffer.from(sha256(signed), 'hex'));
      },
    ]);
  }
  if (answer !== undefined) {
    const { file, sha256: hash } = answer.document.result;
    if (/^result\.[a-z]+$/.test(file)) checks.push([file, () => hasHash(folder, file, hash)]);
  }
  for (const { path: file, sha256: hash } of events?.document.files ?? [])
    checks.push([file, () => hasHash(folder, file, hash)]);
  return checks;
}

/** What is written next to a report. */
function checksOfReport(folder: string, read: ReadReport | undefined): readonly Check[] {
  if (read === undefined) return [];
  const { report, sha256: hash } = read;
  const bundle = 'report.sigstore.json';
  const checks: Check[] = ALSO_FORMATS.flatMap(renderedFiles).map(({ name }) => [
    name,
    // A table without rows has the name of the column alone.
    async () => (await holds(folder, name, hash)) || (await holds(folder, name, '"report_sha256"')),
  ]);
  checks.push([
    bundle,
    async () => {
      const bytes = await contentOf(folder, bundle);
      return bytes !== undefined && Buffer.from(readBundle(bytes, bundle).payload).includes(hash);
    },
  ]);
  for (const companion of [report.objects?.inventory, report.overflowFindings]) {
    if (companion === undefined) continue;
    const { path: file, sha256: ofLines } = companion;
    if (file === 'inventory.jsonl.gz' || file === 'overflow-findings.jsonl.gz')
      checks.push([file, () => hasHash(folder, file, ofLines, (stored) => inflate(stored, file))]);
  }
  return checks;
}

/** The files of a bag: its payload by the manifest that the report binds, and the files around it by the manifest of those. */
async function checksOfBag(folder: string, read: ReadReport | undefined): Promise<readonly Check[]> {
  const bound = read?.report.evidence?.payloadManifestSha256;
  const manifest = bound === undefined ? undefined : await contentOf(folder, MANIFEST);
  if (manifest === undefined || sha256(manifest) !== bound) return [];
  const tags = await contentOf(folder, TAG_MANIFEST);
  const ofTags = namedByManifest(tags).filter(([file]) => BAG_TAG_FILES.has(file));
  const isOfBag = ofTags.some(([file, hash]) => file === MANIFEST && hash === bound);
  return [
    ...namedByManifest(manifest).flatMap(([file]): readonly Check[] =>
      PAYLOAD.test(file) ? [[file, async () => true]] : [],
    ),
    ...ofTags.map(([file, hash]): Check => [file, () => hasHash(folder, file, hash)]),
    [MANIFEST, async () => true],
    [TAG_MANIFEST, async () => isOfBag],
  ];
}

/** The paths of a BagIt manifest, and their hashes (RFC 8493): a hash and a path on each line. */
function namedByManifest(
  content: Uint8Array | undefined,
): readonly (readonly [file: string, hash: string])[] {
  const lines = new TextDecoder().decode(content).split('\n');
  return lines.flatMap((line) => {
    const [, hash, file] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    return hash === undefined || file === undefined ? [] : [[file, hash]];
  });
}

async function holds(folder: string, name: string, mark: Uint8Array | string): Promise<boolean> {
  const content = await contentOf(folder, name);
  return (
    content !== undefined &&
    Buffer.from(content).includes(typeof mark === 'string' ? mark : Buffer.from(mark))
  );
}

/** Whether a file's content, as `read` gives it, has that SHA-256 (hex). */
async function hasHash(
  folder: string,
  name: string,
  expected: string,
  read: (stored: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array> = (stored) => stored,
): Promise<boolean> {
  const handle = await openGivenFile(path.join(folder, name));
  try {
    const hash = createHash('sha256');
    for await (const piece of read(handle.createReadStream({ autoClose: false }))) hash.update(piece);
    return hash.digest('hex') === expected;
  } finally {
    await handle.close();
  }
}

function contentOf(folder: string, name: string): Promise<Uint8Array | undefined> {
  return readGivenFile(path.join(folder, name), MOST_BYTES).catch(() => undefined);
}
