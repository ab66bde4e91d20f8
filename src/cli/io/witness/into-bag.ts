/** A corroboration that is put into the evidence bag of its report, whose other files stay as they are. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import {
  checkBagWitness,
  requireSameSigner,
  type SignedBytes,
  WITNESS_TEXT,
} from '../../../bag/check-witness.ts';
import { witnessText } from '../../../bag/witness-text.ts';
import { errorCode, malformed, TrailVerifyError } from '../../../base/errors.ts';
import { outputError } from '../../../copy/writer.ts';
import { sha256 } from '../../../crypto/hash.ts';
import { MOST_REPORT_BYTES, type ReadReport, readReport } from '../../../report/report-schema.ts';
import {
  BAG_WITNESS,
  type BagFolder,
  bagFolder,
  formatManifest,
  parseManifest,
  TAG_MANIFEST,
  UNFINISHED_BAG,
} from '../../../source/bag/index.ts';
import { type ClaimedFolder, claimFolder, PARTIAL_FOLDER } from '../../../source/claimed-folder.ts';
import { replaceFile } from '../../../source/given-file.ts';
import { type GivenCorroboration, openCorroborationFolder } from './corroboration-folder.ts';

const MOST_MANIFEST_BYTES = 16 * 1024 * 1024;
const MOST_SIGNATURE_BYTES = 1024 * 1024;
const MOST_SCRIPT_BYTES = 1024 * 1024;
const FOLDER_NAME = BAG_WITNESS.slice(0, -1);

/** A bag that a corroboration can be put into. */
interface OpenedBag {
  readonly folder: BagFolder;
  /** How errors call it. */
  readonly name: string;
  readonly report: ReadReport;
  readonly signed: SignedBytes;
  readonly tags: ReadonlyMap<string, string>;
  /** The files of a corroboration that are there already. */
  readonly there: ReadonlySet<string>;
}

/**
 * Puts the corroboration of the folder `from` into the bag `name`: its document, signature and lists, and a text about it. One that is
 * there already, or in part, is completed where it is the same. Throws TARGET_NOT_FOUND, CONFIGURATION for one of another report or a
 * bag that cannot hold one, REPORT_INVALID for a bag whose report is none, EVIDENCE_INVALID for one that is not as it was written, and what writing throws.
 */
export async function addWitnessToBag(
  folder: BagFolder,
  name: string,
  from: string,
): Promise<GivenCorroboration> {
  const bag = await openBagToAdd(folder, name);
  const given = await openCorroborationFolder(from, bag.report);
  await given.readLists();
  requireSameSigner(bag.name, bag.signed, given.signed);
  const text = witnessText(given.document, given.sha256);
  const files = new Map<string, Incoming>(
    given.files.map(({ name: file, sha256: hash, open }) => [BAG_WITNESS + file, { hash, content: open }]),
  );
  files.set(WITNESS_TEXT, { hash: sha256(Buffer.from(text)), content: () => text });
  await requireSame(bag, files);
  await requireTaken(bag, files, from);
  await writeFiles(bag, files, from);
  return given;
}

/** A file that is written into the bag, with the SHA-256 (hex) that it must have there. */
interface Incoming {
  readonly hash: string;
  readonly content: () => AsyncIterable<Uint8Array> | string;
}

async function openBagToAdd(folder: BagFolder, name: string): Promise<OpenedBag> {
  const files = new Map((await folder.list()).map(({ path, kind }) => [path, kind]));
  const report = await folder.read('report.json', MOST_REPORT_BYTES);
  const manifest = await folder.read(TAG_MANIFEST, MOST_MANIFEST_BYTES);
  if (report === undefined || manifest === undefined || files.has(UNFINISHED_BAG.name))
    throw new TrailVerifyError('TARGET_NOT_FOUND', `folder ${name} is no evidence bag, or not a whole one`, {
      hint: 'give the folder that trail-verify verify --bag wrote, unpacked',
    });
  const tags = parseManifest(Buffer.from(manifest).toString('latin1'), 'tag');
  if (typeof tags === 'string')
    throw unusable(
      `${TAG_MANIFEST} in the evidence bag ${name} ${tags}`,
      'check the bag with trail-verify evidence verify',
    );
  const script = Buffer.from((await folder.read('verify.sh', MOST_SCRIPT_BYTES)) ?? []);
  if (!script.includes('witness/corroboration.json'))
    throw unusable(
      `verify.sh in the evidence bag ${name} knows no corroboration, and would refuse the bag with one`,
      'make the bag again with this version of trail-verify',
    );
  const inFolder = [...files].filter(([path]) => path === FOLDER_NAME || path.startsWith(BAG_WITNESS));
  const [odd] = inFolder.filter(([path, kind]) => kind === 'other' || path === FOLDER_NAME);
  // A link there would have the files written wherever it leads.
  if (odd !== undefined) throw unusable(`${odd[0]} in the evidence bag ${name} is no regular file or folder`);
  const signature = await folder.read('report.json.p7s', MOST_SIGNATURE_BYTES);
  return {
    folder,
    name,
    report: readReport(report, `report.json in the evidence bag ${name}`),
    signed: { content: report, signature },
    tags,
    there: new Set(inFolder.map(([path]) => path)),
  };
}

/** Throws EVIDENCE_INVALID for what both checks of a bag would refuse, before anything is written. */
async function requireTaken(
  { report }: OpenedBag,
  files: ReadonlyMap<string, Incoming>,
  from: string,
): Promise<void> {
  const pieces = async function* (path: string): AsyncGenerator<Uint8Array> {
    const content = files.get(path)?.content() ?? '';
    if (typeof content === 'string') yield Buffer.from(content);
    else yield* content;
  };
  for (const [path, { hash }] of files) {
    const found = createHash('sha256');
    for await (const piece of pieces(path)) found.update(piece);
    if (found.digest('hex') !== hash) throw changedList(path, from);
  }
  const folder = {
    list: async () => [],
    read: async (path: string) => {
      const read: Uint8Array[] = [];
      for await (const piece of pieces(path)) read.push(piece);
      return Buffer.concat(read);
    },
    hash: async (path: string) => ({ sha256: files.get(path)?.hash ?? '', size: 0 }),
    pieces,
  };
  const trust = { trust: [], now: Date.now() };
  const { problems, witness } = await checkBagWitness(folder, new Set(files.keys()), report, trust);
  const wrong = problems.find(({ weight }) => weight === 'violation')?.text ?? witness?.refusal;
  if (wrong !== undefined) throw new TrailVerifyError('EVIDENCE_INVALID', `${wrong}: ${from} was not added`);
}

function changedList(path: string, from: string): TrailVerifyError {
  return malformed(
    `${path.slice(BAG_WITNESS.length)} in ${from}`,
    'has another SHA-256 than corroboration.json names',
  );
}

function unusable(message: string, hint?: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', message, { hint });
}

/** Nothing that is in the bag is replaced: what was handed on must stay what it was. */
async function requireSame(
  { folder, name, there }: OpenedBag,
  files: ReadonlyMap<string, Incoming>,
): Promise<void> {
  for (const path of there) {
    const hash = files.get(path)?.hash;
    if (hash === undefined || (await folder.hash(path))?.sha256 !== hash)
      throw unusable(
        `the evidence bag ${name} holds another ${path} already`,
        `put this corroboration into a copy of the bag without its folder ${FOLDER_NAME}`,
      );
  }
}

/** Writes the files that are not there, and the manifest that names them: all of it comes into the bag at once, or nothing. */
async function writeFiles(bag: OpenedBag, files: ReadonlyMap<string, Incoming>, from: string): Promise<void> {
  const claim = claimBag(bag);
  try {
    // Another process may have changed the bag until it was claimed.
    const { tags, there } = await openBagToAdd(bag.folder, bag.name);
    await requireSame({ ...bag, there }, files);
    const partial = bagFolder(claim.path, true);
    for (const [file, { hash, content }] of files) {
      if (there.has(file)) continue;
      await partial.write(file, content());
      // What was written is what counts: a list is read again for it, and may be another one by now.
      if ((await partial.hash(file))?.sha256 !== hash) throw changedList(file, from);
    }
    const hashes = [...files].map(([file, { hash }]) => [file, hash] as const);
    await replaceFile(path.join(claim.path, TAG_MANIFEST), formatManifest(new Map([...tags, ...hashes])));
    claim.publish([TAG_MANIFEST]);
  } catch (error) {
    await claim.release();
    throw error instanceof TrailVerifyError ? error : notWritten(bag, error);
  }
}

function claimBag(bag: OpenedBag): ClaimedFolder {
  try {
    return claimFolder(bag.name);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw notWritten(bag, error);
    throw unusable(
      `the evidence bag ${bag.name} is being written to by another command, or holds the ${PARTIAL_FOLDER} of one that was killed`,
      `wait for that command, or remove the folder ${PARTIAL_FOLDER} from the bag where none is running`,
    );
  }
}

function notWritten({ name }: OpenedBag, error: unknown): TrailVerifyError {
  return outputError(name, error, 'free some space, and run again');
}
