/** What `corroborate` wrote about a report, from its folder. */
import path from 'node:path';
import { Readable } from 'node:stream';
import { malformed, messageOf, TrailVerifyError } from '../../../base/errors.ts';
import { sha256 } from '../../../crypto/hash.ts';
import type { Recovered } from '../../../render/facts/recovered.ts';
import type { ReadReport } from '../../../report/report-schema.ts';
import type { SignatureFiles, SignedContent } from '../../../signed/check-signature.ts';
import type { ReportProblem } from '../../../signed/problems.ts';
import { openGivenFile } from '../../../source/given-file.ts';
import type { CorroborationDocument } from '../../../witness/document.ts';
import {
  CORROBORATION_FILE,
  CORROBORATION_SIGNATURE,
  CORROBORATION_TIMESTAMP,
  checkCorroborationSignature,
  listsOf,
  MOST_CORROBORATION_BYTES,
  readCorroboration,
  readLists,
} from '../../../witness/read.ts';
import { EXIT, showFailure } from '../exit.ts';
import { readGivenIfThere, readWholeFile } from '../files.ts';
import type { Terminal } from '../terminal.ts';

/** A corroboration whose document was read, is of the report that is meant, and is as it was signed, where it is signed. */
export interface GivenCorroboration {
  readonly document: CorroborationDocument;
  /** SHA-256 (hex) of the document's bytes. */
  readonly sha256: string;
  /** The document, the files of its signature and the lists that it names; the lists as they are when they are read. */
  readonly files: readonly CorroborationFile[];
  /** Undefined where nobody signed it. */
  readonly signer: CorroborationSigner | undefined;
  /** The bytes of the document, and of its signature where it has one. */
  readonly signed: { readonly content: Uint8Array; readonly signature: Uint8Array | undefined };
  /** In words what leaves it unproven that somebody signed it who was said to be trusted; empty where nobody was. */
  readonly unproven: readonly string[];
  /** Reads the lists; `take` gets the text of each recovered event. Throws EVIDENCE_INVALID where they are not those of the document. */
  readLists(take?: (line: string) => void): Promise<Recovered>;
}

/** Who signed a corroboration, by the certificate in the signature. */
export interface CorroborationSigner {
  readonly name: string;
  /** SHA-256 (hex). */
  readonly certificate: string;
  /** False where nobody was said to be trusted. */
  readonly isTrusted: boolean;
}

/** One file of a corroboration by its name in the folder, with the SHA-256 (hex) that it must have. */
export interface CorroborationFile {
  readonly name: string;
  readonly sha256: string;
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** Whom the signature of a corroboration is checked against; nobody where only its bytes are. */
type SignerTrust = Pick<SignatureFiles, 'trust' | 'now'>;

const MOST_SIGNATURE = 1024 * 1024;
const HINT = 'give the folder that trail-verify corroborate wrote';

/**
 * The corroboration in a folder, of that report. It need not be signed unless `trust` names anybody; a signature that it has must be of its
 * bytes, and of one of these. Throws TARGET_NOT_FOUND where there is none, CONFIGURATION where it
 * is of another report, and EVIDENCE_INVALID where it is not as it was written or signed.
 */
export async function openCorroborationFolder(
  folder: string,
  { report, sha256: reportSha256 }: ReadReport,
  signers: SignerTrust = { trust: [], now: Date.now() },
): Promise<GivenCorroboration> {
  const name = path.join(folder, CORROBORATION_FILE);
  const bytes = await readWholeFile(name, MOST_CORROBORATION_BYTES, 'corroboration', HINT);
  const document = readCorroboration(bytes, name, reportSha256);
  const signature = await readSignature(folder, CORROBORATION_SIGNATURE);
  const timestamp = await readSignature(folder, CORROBORATION_TIMESTAMP);
  const { signer, unproven } = checkSigner(name, { ...signers, content: bytes, signature, timestamp });
  const open = (file: string): AsyncIterable<Uint8Array> => piecesOf(path.join(folder, file));
  return {
    document,
    sha256: sha256(bytes),
    files: [
      ...kept(CORROBORATION_FILE, bytes),
      ...kept(CORROBORATION_SIGNATURE, signature),
      ...kept(CORROBORATION_TIMESTAMP, timestamp),
      ...listsOf(document).map((list) => ({
        name: list.file,
        sha256: list.sha256,
        open: () => open(list.file),
      })),
    ],
    signer,
    signed: { content: bytes, signature },
    unproven,
    readLists: (take) =>
      readLists(document, report, { open, nameOf: (file) => path.join(folder, file) }, take),
  };
}

function readSignature(folder: string, name: string): Promise<Uint8Array | undefined> {
  const file = path.join(folder, name);
  return readGivenIfThere(file, {
    what: 'signature of the corroboration',
    most: MOST_SIGNATURE,
    code: 'EVIDENCE_INVALID',
    hint: HINT,
  });
}

function kept(name: string, bytes: Uint8Array | undefined): readonly CorroborationFile[] {
  if (bytes === undefined) return [];
  return [{ name, sha256: sha256(bytes), open: () => Readable.from([bytes]) }];
}

/** Throws EVIDENCE_INVALID for a signature that is not of these bytes, or of somebody who is not trusted. */
function checkSigner(
  file: string,
  content: Omit<SignedContent, 'what'>,
): Pick<GivenCorroboration, 'signer' | 'unproven'> {
  const problems: ReportProblem[] = [];
  const by = checkCorroborationSignature(content, (found) => {
    if (found !== undefined) problems.push(found);
  });
  const wrong = problems.find(({ weight }) => weight === 'violation');
  if (wrong !== undefined) throw malformed(`${file}:`, wrong.text);
  const isAsked = content.trust.length > 0;
  if (by?.signed === undefined)
    return { signer: undefined, unproven: isAsked ? ['there is no signature'] : [] };
  const { name, fingerprint } = by.signed.signer;
  return {
    signer: { name, certificate: fingerprint, isTrusted: isAsked && problems.length === 0 },
    unproven: isAsked ? problems.map(({ text }) => text) : [],
  };
}

/** The events that such a folder has. Throws as `openCorroborationFolder`, and where its events are not as they were written. */
export async function recoveredInFolder(folder: string, report: ReadReport): Promise<Recovered> {
  const given = await openCorroborationFolder(folder, report);
  return { ...(await given.readLists()), signer: given.signer?.name };
}

async function* piecesOf(file: string): AsyncGenerator<Uint8Array> {
  // The document names it: a folder without it is not as it was written.
  const handle = await openGivenFile(file).catch((cause: unknown) => {
    throw malformed(file, `cannot be read: ${messageOf(cause)}`);
  });
  try {
    for await (const piece of handle.createReadStream({ autoClose: false })) yield piece;
  } finally {
    await handle.close();
  }
}

/** Runs a command that reads a corroboration or an export: one that is not as it was written is said, and refused with exit code 5. */
export async function orRefused(
  run: () => Promise<number>,
  terminal: Terminal,
  verbose: boolean,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof TrailVerifyError) || error.code !== 'EVIDENCE_INVALID') throw error;
    await showFailure(error, terminal, verbose);
    return EXIT.refused;
  }
}
