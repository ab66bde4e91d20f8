/** The folder of an answer: the file that holds it, and the signed record of question and answer. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorCode, messageOf, TrailVerifyError } from '../../base/errors.ts';
import { unwritable } from '../../copy/disk-full.ts';
import { type AnswerDocument, formatAnswer } from '../../query/answer-document.ts';
import { giveNewName } from '../../source/file-moves.ts';
import { noteNamed, noteUnfinished, removeTemporaryFolder } from '../../source/unfinished.ts';
import { openOutputFolder, removeQuietly, writeNewFile } from './output.ts';
import { type ReportSigning, type SigningOutcome, signWritten } from './signing/sign-report.ts';
import type { Terminal } from './terminal.ts';

/** A file as it was written. */
export interface WrittenAnswer {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The folder of one answer. Nothing of it is left where the answer fails. */
export interface AnswerOutput {
  /** The place of the answer's file while it is written. */
  readonly partial: string;
  /** A file of the folder as one would type its path here. */
  shown(name: string): string;
  /** Writes the answer's file piece by piece. Throws OUTPUT_NOT_WRITTEN, OUTPUT_NOT_USABLE, and what the pieces throw. */
  write(pieces: AsyncIterable<string>): Promise<void>;
  /** Gives the file its name, and returns what it holds. */
  close(): Promise<WrittenAnswer>;
  /** Writes the record, and signs it where it is to be signed. Calls `onWhole` when the answer stays, however the process ends. */
  record(
    document: AnswerDocument,
    signing: ReportSigning | undefined,
    terminal: Terminal,
    onWhole: () => void,
  ): Promise<SigningOutcome>;
  discard(): Promise<void>;
}

/** A folder in that of the answer, for what is not whole yet. Only one question makes it. */
const PARTIAL = '.partial';

/** Takes the folder for this question. Throws OUTPUT_NOT_USABLE where another question is being answered into it. */
async function claim(own: string, folder: string): Promise<void> {
  try {
    mkdirSync(own);
    noteUnfinished(own, 'tree');
  } catch (cause) {
    const why = errorCode(cause) === 'EEXIST' ? 'another question is answered into it' : messageOf(cause);
    throw unwritable(`output folder ${folder} cannot be used: ${why}`, cause, HINTS);
  }
}

const HINTS = {
  full: 'free some space or give another folder with --output, and ask again',
  else: 'give another folder with --output',
};

/** Opens the folder of an answer in a file of that name. Throws OUTPUT_NOT_USABLE, OUTPUT_NOT_WRITTEN. */
export async function openAnswerOutput(folder: string, name: string, force: boolean): Promise<AnswerOutput> {
  const output = await openOutputFolder(folder, 0, force);
  const file = path.join(output.path, name);
  const own = path.join(output.path, PARTIAL);
  await claim(own, output.path).catch(async (error: unknown) => {
    await output.discard();
    throw error;
  });
  const partial = path.join(own, name);
  // Of another question into the same folder nothing is ever removed.
  const made: string[] = [];
  const record = path.join(output.path, 'answer.json');
  return {
    partial,
    shown: (name) => output.shown(path.join(output.path, name)),
    write: async (pieces) => {
      try {
        await pipeline(Readable.from(pieces), createWriteStream(partial, { flags: 'wx' }));
      } catch (error) {
        if (error instanceof TrailVerifyError) throw error;
        throw notWritten(file, error);
      }
    },
    close: async () => {
      try {
        const hash = createHash('sha256');
        await pipeline(createReadStream(partial), hash);
        const { size } = await stat(partial);
        await giveNewName(partial, file);
        noteNamed(file);
        made.push(file);
        await removeTemporaryFolder(own);
        return { file: name, sha256: hash.digest('hex'), bytes: size };
      } catch (error) {
        throw notWritten(file, error);
      }
    },
    record: async (document, signing, terminal, onWhole) => {
      await writeNewFile(record, [formatAnswer(document)]);
      made.push(record);
      const signed =
        signing === undefined
          ? { lines: [], signature: undefined, failure: undefined }
          : await signWritten(record, signing, output.shown, terminal, 'the answer');
      await output.publish(onWhole);
      return signed;
    },
    discard: async () => {
      for (const one of made) await removeQuietly(one);
      await removeTemporaryFolder(own);
      await output.discard();
    },
  };
}

function notWritten(file: string, cause: unknown): TrailVerifyError {
  return unwritable(`answer ${file} cannot be written: ${messageOf(cause)}`, cause, HINTS);
}
