/**
 * The folder that a former run made, as --force may replace it: everything in it must be what such a run writes, by content
 * (`former-files.ts`), or what one leaves that was killed. One file that is somebody else's, a link, a folder that is named nowhere, and it is not replaced.
 */
import { randomUUID } from 'node:crypto';
import { type Dirent, renameSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, TrailVerifyError } from '../../../base/errors.ts';
import { EVENTS_FILE } from '../../../events/events-document.ts';
import { renderedFiles } from '../../../render/rendering.ts';
import { UNFINISHED_BAG } from '../../../source/bag/index.ts';
import { OWN, PARTIAL_FOLDER } from '../../../source/claimed-folder.ts';
import { readGivenFile } from '../../../source/given-file.ts';
import { noteUnfinished, removeTemporaryFolder, settle } from '../../../source/unfinished.ts';
import { ALSO_FORMATS } from '../../commands/report-options.ts';
import { type FormerFiles, formerFiles, PAYLOAD } from './former-files.ts';

/** Folders above an export that a run makes for it, below the folder of its report. */
const MOST_ABOVE_EXPORT = 16;

/** A file that is not whole yet: a run gives it its name at the end, and one that was killed leaves it. */
const UNFINISHED = /^\.[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.tmp$/;
/**
 * What a run makes in its folder for what is not whole, by name alone: nobody else makes files there, and no document says yet what they
 * hold.
 */
const PARTIAL_FILES: readonly RegExp[] = [
  UNFINISHED,
  /^(?:tmp_)?result\.[a-z]+$/,
  /^(?:report|answer|events|corroboration)\.json(?:\.p7s(?:\.tsr)?)?$/,
  /^(?:inventory|overflow-findings)\.jsonl\.gz$/,
  /^(?:recovered|unlogged)\.jsonl$/,
  /^(?:events|manifest)\/(?:[^/]+\/)*(?:tmp_)?part-[^/]+\.parquet$/,
  /^\.spill\/[^/]+$/,
];
const PARTIAL_FOLDERS = /^(?:data|events|manifest|\.spill)(?:\/|$)/;

/** What a bag has around its payload besides the report: `report.json` and what is next to it are known by their content. */
const AROUND_PAYLOAD: readonly string[] = [
  ...['CERTIFICATION.md', 'VERIFY.md', 'bag-info.txt', 'bagit.txt', 'verify.sh'],
  ...['manifest-sha256.txt', 'tagmanifest-sha256.txt'],
];

/** The names of what is rendered of a report. */
const RENDERED: readonly string[] = ALSO_FORMATS.flatMap(renderedFiles).map(({ name }) => name);

/** Why a folder is not one that --force may replace; undefined where it is. */
export async function foreignIn(folder: string): Promise<string | undefined> {
  return (await judge(folder, true)).foreign;
}

/** Why a folder is not a former run's, if it is not, and the SHA-256 (hex) of its report, if it has one. */
interface Judged {
  readonly foreign: string | undefined;
  readonly report?: string | undefined;
}

async function judge(folder: string, mayHoldExport: boolean): Promise<Judged> {
  const files = await formerFiles(folder);
  if (files !== undefined && 'none' in files) return { foreign: `its ${files.none} is none of this tool` };
  const bag = await unfinishedBag(folder);
  if (files === undefined) {
    const isOwn = await isUnfinished(folder, bag);
    return { foreign: isOwn ? undefined : 'it was not made by a run of this tool' };
  }
  const { report } = files;
  const checks = new Map([...bag, ...files.checks]);
  const folders = new Set([...checks.keys()].flatMap(foldersAbove));
  const isOwn = (below: string): Promise<boolean> => holdsOwnExport(folder, below, report);
  const written = { checks, folders, isOwn: mayHoldExport ? isOwn : async () => false };
  return { foreign: await foreignBelow(folder, '', written), report };
}

/** Whether a run was killed before it wrote its report: only files that are not whole yet are there, and those of a bag. */
async function isUnfinished(folder: string, bag: FormerFiles['checks']): Promise<boolean> {
  const folders = new Set([...bag.keys()].flatMap(foldersAbove));
  const written = { checks: bag, folders, isOwn: async () => false };
  return (await foreignBelow(folder, '', written)) === undefined;
}

/** Whether a folder leads to one of an export that is not whole, and holds nothing else. */
async function leadsToPartial(run: string, below: string): Promise<boolean> {
  let folder = path.join(run, below);
  for (let depth = 0; depth < MOST_ABOVE_EXPORT; depth += 1) {
    const entries = await readdir(folder, { withFileTypes: true });
    const [only] = entries;
    if (entries.length !== 1 || only?.isDirectory() !== true) return entries.length === 0;
    folder = path.join(folder, only.name);
    if (only.name === PARTIAL_FOLDER) return (await foreignInClaim(folder)) === undefined;
  }
  return false;
}

/** The same of the folder whose making is the claim, and in which each run has its own. */
async function foreignInClaim(claim: string): Promise<string | undefined> {
  for (const entry of await readdir(claim, { withFileTypes: true })) {
    if (!entry.isDirectory() || !OWN.test(entry.name)) return entry.name;
    const foreign = await foreignInPartial(path.join(claim, entry.name), '');
    if (foreign !== undefined) return foreign;
  }
  return undefined;
}

/** What is in a folder of what is not whole that no run makes there; undefined where there is nothing. */
async function foreignInPartial(root: string, below: string): Promise<string | undefined> {
  for (const entry of await readdir(path.join(root, below), { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const isMade =
      PARTIAL_FILES.some((pattern) => pattern.test(name)) ||
      PAYLOAD.test(name) ||
      [UNFINISHED_BAG.name, ...AROUND_PAYLOAD, ...RENDERED].includes(name);
    if (entry.isFile() && isMade) continue;
    if (!entry.isDirectory()) return name;
    const found = PARTIAL_FOLDERS.test(name)
      ? await foreignInPartial(root, name)
      : (await leadsToPartial(root, name))
        ? undefined
        : name;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The files of a bag whose run was killed: its mark is there, and the rest has names that a bag has. Empty where there is none. */
async function unfinishedBag(folder: string): Promise<FormerFiles['checks']> {
  const { name: mark, content } = UNFINISHED_BAG;
  const isMarked = async (): Promise<boolean> => {
    const bytes = await readGivenFile(path.join(folder, mark), content.length).catch(() => undefined);
    return bytes !== undefined && Buffer.from(bytes).equals(Buffer.from(content));
  };
  if (!(await isMarked())) return new Map();
  const below = await readdir(path.join(folder, 'data'), { recursive: true }).catch(() => []);
  const names = below.map((name) => ['data', ...name.split(path.sep)].join('/'));
  return new Map([
    [mark, isMarked],
    ...[...AROUND_PAYLOAD, ...names.filter((name) => PAYLOAD.test(name))].map(
      (name) => [name, async () => true] as const,
    ),
  ]);
}

/**
 * Whether a folder is the export of the very run that wrote the report above it (`--events` below `--output`), or leads to it and
 * holds nothing else. Such an export holds a copy of that report.
 */
async function holdsOwnExport(run: string, below: string, report: string | undefined): Promise<boolean> {
  let folder = path.join(run, below);
  for (let depth = 0; report !== undefined && depth < MOST_ABOVE_EXPORT; depth += 1) {
    const entries = await readdir(folder, { withFileTypes: true });
    if (entries.some(({ name }) => name === EVENTS_FILE)) {
      const judged = await judge(folder, false);
      return judged.foreign === undefined && judged.report === report;
    }
    const [only] = entries;
    if (entries.length !== 1 || only?.isDirectory() !== true) return false;
    folder = path.join(folder, only.name);
  }
  return false;
}

function foldersAbove(file: string): readonly string[] {
  const parts = file.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** What a run wrote into its folder: its files, the folders that those are in, and whether another folder is its export. */
interface WrittenByRun extends Pick<FormerFiles, 'checks'> {
  readonly folders: ReadonlySet<string>;
  readonly isOwn: (below: string) => Promise<boolean>;
}

async function foreignBelow(root: string, below: string, written: WrittenByRun): Promise<string | undefined> {
  const { checks, folders, isOwn } = written;
  const entries: readonly Dirent[] = await readdir(path.join(root, below), { withFileTypes: true });
  for (const entry of entries) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const check = checks.get(name);
    if (entry.isDirectory() && folders.has(name)) {
      const found = await foreignBelow(root, name, written);
      if (found !== undefined) return found;
    } else if (entry.isDirectory() && name === PARTIAL_FOLDER) {
      const foreign = await foreignInClaim(path.join(root, name));
      if (foreign !== undefined) return `its ${name} holds ${foreign}, which no run makes there`;
    } else if (entry.isDirectory() && (await isOwn(name))) continue;
    else if (entry.isFile() && UNFINISHED.test(name)) continue;
    else if (!entry.isFile() || check === undefined) return `it holds ${name}, which no run wrote`;
    // A file that cannot be read or understood is not known for its run's.
    else if (!(await check().catch(() => false))) return `its ${name} is not what its run wrote`;
  }
  return undefined;
}

/** The name of a new folder next to another, in which its successor is written. */
export function besideFolder(folder: string): string {
  return path.join(path.dirname(folder), `.${path.basename(folder)}.${randomUUID()}.new`);
}

/**
 * Puts the new folder in the place of the old one. Looks again before, because a run takes hours. Calls `onWhole` when it is there:
 * no signal comes between. Throws OUTPUT_NOT_USABLE, and both are whole then.
 */
export async function replaceFolder(old: string, made: string, onWhole: () => void): Promise<void> {
  const aside = path.join(path.dirname(old), `.${path.basename(old)}.${randomUUID()}.old`);
  try {
    const foreign = await foreignIn(old);
    if (foreign !== undefined) throw new Error(foreign);
    noteUnfinished(aside, 'tree');
    renameSync(old, aside);
    try {
      renameSync(made, old);
    } catch (error) {
      renameSync(aside, old);
      throw error;
    }
    onWhole();
  } catch (cause) {
    settle(aside);
    throw new TrailVerifyError(
      'OUTPUT_NOT_USABLE',
      `output folder ${old} was not replaced: ${messageOf(cause)}`,
      { hint: `the new results are in ${made}`, cause },
    );
  }
  await removeTemporaryFolder(aside);
}
