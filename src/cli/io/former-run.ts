/**
 * The folder that a former run made, as --force may replace it: everything in it must be what such a run writes, by name or by a
 * list in the folder. One file that is somebody else's, a link, a folder that is named nowhere, and it is not replaced.
 */
import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, TrailVerifyError } from '../../base/errors.ts';
import { sha256 } from '../../crypto/hash.ts';
import { EVENTS_FILE, readEvents } from '../../events/events-document.ts';
import { renderedFiles } from '../../render/rendering.ts';
import { BAG_TAG_FILES } from '../../source/bag/index.ts';
import { readGivenFile } from '../../source/given-file.ts';
import { ALSO_FORMATS } from '../commands/report-options.ts';

/** The files that say which tool made the folder; each begins with the name of its schema. */
const MARKS: readonly (readonly [file: string, schema: string])[] = [
  ['report.json', 'trail-verify/report/v1'],
  ['answer.json', 'trail-verify/answer/v1'],
];

/** What a run writes under names of its own. */
const NAMES: readonly string[] = [
  ...['report.json', 'answer.json', EVENTS_FILE].flatMap((name) => [name, `${name}.p7s`, `${name}.p7s.tsr`]),
  ...ALSO_FORMATS.flatMap(renderedFiles).map(({ name }) => name),
  'report.sigstore.json',
  'inventory.jsonl.gz',
  'overflow-findings.jsonl.gz',
  ...['txt', 'csv', 'jsonl', 'md', 'html', 'parquet'].map((ending) => `result.${ending}`),
  'manifest-sha256.txt',
  'tagmanifest-sha256.txt',
];

const MOST_BYTES = 256 * 1024 * 1024;

/** Where a bag has its payload. Its manifests are not signed: what they name elsewhere is none of a run's. */
const PAYLOAD = /^data\/(?:(?:digests|logs|lake|keys|meta)\/|(?:digests|logs|sign-files|results)\.tsv$)/;

/** Folders above an export that a run makes for it, below the folder of its report. */
const MOST_ABOVE_EXPORT = 16;

/** Why a folder is not one that --force may replace; undefined where it is. */
export function foreignIn(folder: string): Promise<string | undefined> {
  return foreignInRun(folder, true);
}

async function foreignInRun(folder: string, mayHoldExport: boolean): Promise<string | undefined> {
  if (!(await isMarked(folder))) return 'it was not made by a run of this tool';
  const renamed = await foreignRendering(folder);
  if (renamed !== undefined) return `its ${renamed} is no rendering of its report`;
  const known = new Set(NAMES);
  for (const file of namedByManifest(await contentOf(folder, 'manifest-sha256.txt')))
    if (PAYLOAD.test(file)) known.add(file);
  for (const file of namedByManifest(await contentOf(folder, 'tagmanifest-sha256.txt')))
    if (BAG_TAG_FILES.has(file)) known.add(file);
  const exported = await filesOfExport(folder);
  if (exported === undefined) return `its ${EVENTS_FILE} is none of this tool`;
  for (const file of exported) known.add(file);
  const folders = new Set([...known].flatMap(foldersAbove));
  const isOwn = (below: string): Promise<boolean> => holdsOwnExport(folder, below);
  return foreignBelow(folder, '', { known, folders, isOwn: mayHoldExport ? isOwn : async () => false });
}

/**
 * Whether a folder is the export of the very run that wrote the report above it (`--events` below `--output`), or leads to it and
 * holds nothing else. Such an export holds a copy of that report.
 */
async function holdsOwnExport(run: string, below: string): Promise<boolean> {
  const report = await contentOf(run, 'report.json');
  let folder = path.join(run, below);
  for (let depth = 0; report !== undefined && depth < MOST_ABOVE_EXPORT; depth += 1) {
    const entries = await readdir(folder, { withFileTypes: true });
    if (entries.some(({ name }) => name === EVENTS_FILE)) {
      const copy = await contentOf(folder, 'report.json');
      const isOfRun = copy !== undefined && sha256(copy) === sha256(report);
      return isOfRun && (await foreignInRun(folder, false)) === undefined;
    }
    const [only] = entries;
    if (entries.length !== 1 || only?.isDirectory() !== true) return false;
    folder = path.join(folder, only.name);
  }
  return false;
}

async function isMarked(folder: string): Promise<boolean> {
  for (const [file, schema] of MARKS) {
    const text = new TextDecoder().decode((await contentOf(folder, file))?.subarray(0, 4096));
    if (new RegExp(`^\\{\\s*"schema":\\s*"${schema}"`).test(text)) return true;
  }
  return false;
}

function contentOf(folder: string, name: string): Promise<Uint8Array | undefined> {
  return readGivenFile(path.join(folder, name), MOST_BYTES).catch(() => undefined);
}

/** A file that has the name of a rendering and does not name the report, as every rendering does; undefined where there is none. */
async function foreignRendering(folder: string): Promise<string | undefined> {
  const report = await contentOf(folder, 'report.json');
  const marks = [...(report === undefined ? [] : [sha256(report)]), '"report_sha256"'];
  for (const { name } of ALSO_FORMATS.flatMap(renderedFiles)) {
    const content = await contentOf(folder, name);
    if (content !== undefined && !marks.some((mark) => Buffer.from(content).includes(mark))) return name;
  }
  return undefined;
}

/** The files that an export names; none where there is no export, undefined where its document is none. */
async function filesOfExport(folder: string): Promise<readonly string[] | undefined> {
  const content = await contentOf(folder, EVENTS_FILE);
  if (content === undefined) return [];
  try {
    return readEvents(content, EVENTS_FILE).files.map((file) => file.path);
  } catch (error) {
    if (error instanceof TrailVerifyError) return undefined;
    throw error;
  }
}

/** The paths of a BagIt manifest (RFC 8493): a hash and a path on each line. */
function namedByManifest(content: Uint8Array | undefined): readonly string[] {
  const lines = new TextDecoder().decode(content).split('\n');
  return lines.flatMap((line) => /^[0-9a-f]{64} [ *](.+)$/.exec(line)?.[1] ?? []);
}

function foldersAbove(file: string): readonly string[] {
  const parts = file.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** What a run wrote into its folder: its files, the folders that those are in, and whether another folder is its export. */
interface WrittenByRun {
  readonly known: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  readonly isOwn: (below: string) => Promise<boolean>;
}

async function foreignBelow(root: string, below: string, written: WrittenByRun): Promise<string | undefined> {
  const { known, folders, isOwn } = written;
  const entries: readonly Dirent[] = await readdir(path.join(root, below), { withFileTypes: true });
  for (const entry of entries) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory() && folders.has(name)) {
      const found = await foreignBelow(root, name, written);
      if (found !== undefined) return found;
    } else if (entry.isDirectory() && (await isOwn(name))) continue;
    else if (!entry.isFile() || !known.has(name)) return `it holds ${name}, which no run wrote`;
  }
  return undefined;
}

/** The name of a new folder next to another, in which its successor is written. */
export function besideFolder(folder: string): string {
  return path.join(path.dirname(folder), `.${path.basename(folder)}.${randomUUID()}.new`);
}

/**
 * Puts the new folder in the place of the old one. Looks again before, because a run takes hours. Throws OUTPUT_NOT_USABLE,
 * and both are whole then.
 */
export async function replaceFolder(old: string, made: string): Promise<void> {
  const aside = path.join(path.dirname(old), `.${path.basename(old)}.${randomUUID()}.old`);
  try {
    const foreign = await foreignIn(old);
    if (foreign !== undefined) throw new Error(foreign);
    await rename(old, aside);
    await rename(made, old).catch(async (error: unknown) => {
      await rename(aside, old);
      throw error;
    });
  } catch (cause) {
    throw new TrailVerifyError(
      'OUTPUT_NOT_USABLE',
      `output folder ${old} was not replaced: ${messageOf(cause)}`,
      { hint: `the new results are in ${made}`, cause },
    );
  }
  await rm(aside, { recursive: true, force: true });
}
