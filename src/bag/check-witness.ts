/** What a witness said of the report of a bag, checked: it is of that report, as it was signed, and with the lists that it names. */
import { TrailVerifyError } from '../base/errors.ts';
import { sha256 } from '../crypto/hash.ts';
import type { Certificate } from '../pki/certificate.ts';
import { isSelfIssued } from '../pki/certificate-path.ts';
import { verifySignedData } from '../pki/cms.ts';
import { OID, sameBytes } from '../pki/der.ts';
import { attempt, type Problem, violation } from '../report/check.ts';
import type { Report } from '../report/report.ts';
import type { SignatureFiles, SignedBy } from '../signed/check-signature.ts';
import { BAG_WITNESS } from '../source/bag/index.ts';
import type { CorroborationDocument } from '../witness/document.ts';
import {
  CORROBORATION_FILE,
  CORROBORATION_SIGNATURE,
  CORROBORATION_TIMESTAMP,
  checkCorroborationSignature,
  MOST_CORROBORATION_BYTES,
  parseCorroboration,
  RECOVERED_FILE,
  readLists,
  UNLOGGED_FILE,
} from '../witness/read.ts';
import { type BagFolderReader, MOST_SIGNATURE_BYTES, oversizedSignatures } from './check-files.ts';
import { fieldIn, isInLines, lookAtLines } from './witness-lines.ts';
import { witnessText } from './witness-text.ts';

/** The place of the document in a bag, and of the text next to it. */
export const WITNESS_DOCUMENT: string = BAG_WITNESS + CORROBORATION_FILE;
export const WITNESS_TEXT: string = `${BAG_WITNESS}README.md`;

/** Whom the signature of a corroboration is checked against: as that of the bag's report. */
type Trust = Pick<SignatureFiles, 'trust' | 'timestampTrust' | 'now'>;

/** What a witness said, as far as a check of its bag says it. */
export interface BagWitness {
  /** Lines of its lists. */
  readonly recovered: number;
  readonly unlogged: number;
  /** Why the commands that read a corroboration refuse it, in words; undefined where they take it. */
  readonly refusal: string | undefined;
  /** Undefined where nobody signed it. */
  readonly signature: SignedBy | undefined;
}

/** What is wrong with the corroboration of a bag; no facts where it holds none that can be read. */
export interface WitnessCheck {
  readonly problems: readonly Problem[];
  readonly witness: BagWitness | undefined;
  /** Files of it that no signature covers, in order. */
  readonly uncovered: readonly string[];
}

/** The report of a bag; undefined where it cannot be read, which is a problem of its own. */
interface BagReport {
  readonly report: Report | undefined;
  /** SHA-256 (hex) of its bytes. */
  readonly sha256: string;
}

const MOST_TEXT_BYTES = 64 * 1024;
const NONE: WitnessCheck = { problems: [], witness: undefined, uncovered: [] };

/** Checks the corroboration of a bag. `files` are those that were found to be as their manifest says; only they are read. */
export async function checkBagWitness(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  { report, sha256: reportSha256 }: BagReport,
  trust: Trust,
): Promise<WitnessCheck> {
  if (![...files].some((file) => file.startsWith(BAG_WITNESS))) return NONE;
  const read = async (name: string, most: number): Promise<Uint8Array | undefined> =>
    files.has(BAG_WITNESS + name) ? folder.read(BAG_WITNESS + name, most) : undefined;
  const content = await read(CORROBORATION_FILE, MOST_CORROBORATION_BYTES);
  if (content === undefined) return { ...NONE, problems: [violation(`there is no ${WITNESS_DOCUMENT}`)] };
  const signatures = [CORROBORATION_SIGNATURE, CORROBORATION_TIMESTAMP].map((name) => BAG_WITNESS + name);
  const problems: Problem[] = [...(await oversizedSignatures(folder, files, signatures))];
  const signature = checkCorroborationSignature(
    {
      ...trust,
      content,
      signature: await read(CORROBORATION_SIGNATURE, MOST_SIGNATURE_BYTES),
      timestamp: await read(CORROBORATION_TIMESTAMP, MOST_SIGNATURE_BYTES),
    },
    (found) => {
      // Its signer is often that of the report: the line says of which of both files it is.
      if (found !== undefined)
        problems.push({ weight: found.weight, text: `${WITNESS_DOCUMENT}: ${found.text}` });
    },
  );
  const document = Buffer.from(content).toString('latin1');
  const isWritten = isInLines(document);
  const unwritten = `${WITNESS_DOCUMENT} is not written as this tool writes it`;
  if (!isWritten) problems.push(violation(unwritten));
  if (fieldIn(document, 'report', 'sha256') !== reportSha256)
    problems.push(violation(`${WITNESS_DOCUMENT} is of another report`));
  const lists = await checkLists(folder, files, document);
  problems.push(...lists.problems);
  // What a shell cannot judge refuses no bag: the file says nothing of the verdict, and its readers refuse it.
  const parsed = parse(content);
  let refusal = 'refusal' in parsed ? parsed.refusal : undefined;
  if (!isWritten && refusal !== undefined && refusal !== unwritten) problems.push(violation(refusal));
  if ('document' in parsed && report !== undefined && lists.problems.length === 0)
    refusal = await refusalOfLists(folder, parsed.document, report);
  const text = (await read('README.md', MOST_TEXT_BYTES)) ?? new Uint8Array();
  const isOwnText =
    'document' in parsed && Buffer.from(text).toString() === witnessText(parsed.document, sha256(content));
  return {
    problems,
    witness: {
      recovered: lists.counts.recovered,
      unlogged: lists.counts.unlogged,
      refusal,
      signature,
    },
    uncovered: [WITNESS_TEXT, WITNESS_DOCUMENT, ...LISTS.map(listPath)].filter(
      (name) => files.has(name) && (name === WITNESS_TEXT ? !isOwnText : signature === undefined),
    ),
  };
}

/** The document; or in words why the commands that read one refuse it. */
function parse(
  content: Uint8Array,
): { readonly document: CorroborationDocument } | { readonly refusal: string } {
  let refusal = '';
  const document = attempt(
    () => parseCorroboration(content, WITNESS_DOCUMENT),
    ({ message }) => {
      refusal = message;
    },
  );
  return document === undefined ? { refusal } : { document };
}

/** In words why the commands that read a corroboration refuse the lists of this one; undefined where they take them. */
async function refusalOfLists(
  folder: BagFolderReader,
  document: CorroborationDocument,
  report: Report,
): Promise<string | undefined> {
  const nameOf = (file: string): string => BAG_WITNESS + file;
  try {
    await readLists(document, report, { open: (file) => folder.pieces(nameOf(file)), nameOf });
    return undefined;
  } catch (error) {
    if (error instanceof TrailVerifyError && error.code === 'EVIDENCE_INVALID') return error.message;
    throw error;
  }
}

const LISTS = ['recovered', 'unlogged'] as const;

function listPath(list: (typeof LISTS)[number]): string {
  return BAG_WITNESS + { recovered: RECOVERED_FILE, unlogged: UNLOGGED_FILE }[list];
}

/** Whether the lists are those that a document names, and their lines. */
async function checkLists(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  document: string,
): Promise<{
  readonly problems: readonly Problem[];
  readonly counts: Record<(typeof LISTS)[number], number>;
}> {
  const problems: Problem[] = [];
  const counts = { recovered: 0, unlogged: 0 };
  for (const list of LISTS) {
    const path = listPath(list);
    const named = fieldIn(document, list, 'sha256');
    if (named === '') {
      if (files.has(path)) problems.push(violation(`a list that ${WITNESS_DOCUMENT} does not name: ${path}`));
    } else if (!files.has(path)) problems.push(violation(`missing: ${path}`));
    else if ((await folder.hash(path))?.sha256 !== named)
      problems.push(violation(`${path} is not the list that ${WITNESS_DOCUMENT} names`));
    else {
      const { count, isWritten } = await lookAtLines(folder.pieces(path));
      counts[list] = count;
      if (!isWritten) problems.push(violation(`${path} is not written as this tool writes it`));
      if (fieldIn(document, list, 'lines') !== String(count))
        problems.push(violation(`${path} has ${count} lines, and ${WITNESS_DOCUMENT} counts others`));
    }
  }
  return { problems, counts };
}

/** The bytes of a file, and of its signature where it has one. */
export interface SignedBytes {
  readonly content: Uint8Array;
  readonly signature: Uint8Array | undefined;
}

/**
 * Throws EVIDENCE_INVALID for a corroboration of another signer than the report of the bag `name`, unless one authority issued both: who
 * trusts the signer of the report alone would refuse the bag with it. Also for a signature that is none of its content.
 */
export function requireSameSigner(name: string, report: SignedBytes, corroboration: SignedBytes): void {
  if (corroboration.signature === undefined || report.signature === undefined) return;
  const ofReport = signerOf(report.content, report.signature, `the signature of the report in ${name}`);
  const own = signerOf(corroboration.content, corroboration.signature, 'the signature of the corroboration');
  const isRelated = !isSelfIssued(own) && sameBytes(own.issuer, ofReport.issuer);
  if (own.fingerprint === ofReport.fingerprint || isRelated) return;
  throw new TrailVerifyError(
    'EVIDENCE_INVALID',
    `the corroboration is signed by ${own.name}, and the report in the evidence bag ${name} by ${ofReport.name}: a check that trusts the signer of the report would refuse the bag`,
    { hint: 'sign it with the key of the report, or with one of the same authority' },
  );
}

function signerOf(content: Uint8Array, signature: Uint8Array, what: string): Certificate {
  return verifySignedData(signature, { type: OID.data, detached: content, mayHoldTimestamp: true }, what)
    .signer;
}
