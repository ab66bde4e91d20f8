/** What a witness said of the report of a bag, checked: it is of that report, as it was signed, and with the lists that it names. */
import { asciiJson } from '../base/json.ts';
import { sha256 } from '../crypto/hash.ts';
import { attempt, type Problem, violation } from '../report/check.ts';
import type { SignatureFiles, SignedBy } from '../signed/check-signature.ts';
import { BAG_WITNESS } from '../source/bag/index.ts';
import type { CorroborationDocument } from '../witness/document.ts';
import {
  CORROBORATION_FILE,
  listsOf,
  MOST_CORROBORATION_BYTES,
  parseCorroboration,
  RECOVERED_FILE,
  UNLOGGED_FILE,
} from '../witness/read.ts';
import {
  CORROBORATION_SIGNATURE,
  CORROBORATION_TIMESTAMP,
  checkCorroborationSignature,
} from '../witness/signature.ts';
import type { BagFolderReader } from './check-files.ts';
import { witnessText } from './witness-text.ts';

/** The place of the document in a bag, and of the text next to it. */
export const WITNESS_DOCUMENT: string = BAG_WITNESS + CORROBORATION_FILE;
export const WITNESS_TEXT: string = `${BAG_WITNESS}README.md`;

/** Whom the signature of a corroboration is checked against: as that of the bag's report. */
type Trust = Pick<SignatureFiles, 'trust' | 'timestampTrust' | 'now'>;

/** What a witness said, as far as a check of its bag says it. */
export interface BagWitness {
  /** Events in its lists. */
  readonly recovered: number;
  readonly unlogged: number;
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

const MOST_SIGNATURE_BYTES = 4 * 1024 * 1024;
const MOST_TEXT_BYTES = 64 * 1024;
const NONE: WitnessCheck = { problems: [], witness: undefined, uncovered: [] };

/** Checks the corroboration of a bag. `files` are those that were found to be as their manifest says; only they are read. */
export async function checkBagWitness(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  reportSha256: string,
  trust: Trust,
): Promise<WitnessCheck> {
  if (![...files].some((file) => file.startsWith(BAG_WITNESS))) return NONE;
  const read = async (name: string, most: number): Promise<Uint8Array | undefined> =>
    files.has(BAG_WITNESS + name) ? folder.read(BAG_WITNESS + name, most) : undefined;
  const content = await read(CORROBORATION_FILE, MOST_CORROBORATION_BYTES);
  if (content === undefined) return { ...NONE, problems: [violation(`there is no ${WITNESS_DOCUMENT}`)] };
  const problems: Problem[] = [];
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
  const document = attempt(
    () => parseCorroboration(content, WITNESS_DOCUMENT),
    ({ message }) => problems.push(violation(message)),
  );
  if (document === undefined) return { ...NONE, problems };
  if (document.report.sha256 !== reportSha256)
    problems.push(violation(`${WITNESS_DOCUMENT} is of another report`));
  if (!isAsWritten(content))
    problems.push(violation(`${WITNESS_DOCUMENT} is not written as this tool writes it`));
  problems.push(...(await listProblems(folder, files, document)));
  const text = (await read('README.md', MOST_TEXT_BYTES)) ?? new Uint8Array();
  const isOwnText = Buffer.from(text).toString() === witnessText(document, sha256(content));
  return {
    problems,
    witness: {
      recovered: document.recovered?.lines ?? 0,
      unlogged: document.unlogged?.lines ?? 0,
      signature,
    },
    uncovered: [WITNESS_TEXT, WITNESS_DOCUMENT, ...LISTS.map((name) => BAG_WITNESS + name)].filter(
      (name) => files.has(name) && (name === WITNESS_TEXT ? !isOwnText : signature === undefined),
    ),
  };
}

/** `verify.sh` reads its lines: what that could take otherwise than a reader of JSON is ruled out. */
function isAsWritten(content: Uint8Array): boolean {
  const text = Buffer.from(content).toString('latin1');
  return `${asciiJson(JSON.parse(text), 2)}\n` === text;
}

const LISTS = [RECOVERED_FILE, UNLOGGED_FILE] as const;

async function listProblems(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  document: CorroborationDocument,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const name of LISTS) {
    const path = BAG_WITNESS + name;
    const named = listsOf(document).find(({ file }) => file === name);
    if (named === undefined) {
      if (files.has(path)) problems.push(violation(`a list that ${WITNESS_DOCUMENT} does not name: ${path}`));
    } else if (!files.has(path)) problems.push(violation(`missing: ${path}`));
    else if ((await folder.hash(path))?.sha256 !== named.sha256)
      problems.push(violation(`${path} is not the list that ${WITNESS_DOCUMENT} names`));
  }
  return problems;
}
