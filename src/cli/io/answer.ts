/** The folder of an answer: the file that holds it, and the signed record of question and answer. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, TrailVerifyError } from '../../base/errors.ts';
import { unwritable } from '../../copy/disk-full.ts';
import { type AnswerDocument, formatAnswer } from '../../query/answer-document.ts';
import { inPlace } from '../../source/claimed-folder.ts';
import { openOutputFolder } from './output/folder.ts';
import { writeNewFile } from './output.ts';
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
  /** The place of the answer's file until the record is whole. */
  readonly file: string;
  /** A file of the folder as one would type its path here. */
  shown(name: string): string;
  /** Writes the answer's file piece by piece. Throws OUTPUT_NOT_WRITTEN, OUTPUT_NOT_USABLE, and what the pieces throw. */
  write(pieces: AsyncIterable<string>): Promise<void>;
  /** Returns what the file holds, when it is written. */
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

const HINTS = {
  full: 'free some space or give another folder with --output, and ask again',
  else: 'give another folder with --output',
};

/** Opens the folder of an answer in a file of that name. Throws OUTPUT_NOT_USABLE, OUTPUT_NOT_WRITTEN. */
export async function openAnswerOutput(folder: string, name: string, force: boolean): Promise<AnswerOutput> {
  const output = await openOutputFolder(folder, 0, force);
  const file = path.join(output.path, name);
  const record = path.join(output.path, 'answer.json');
  return {
    file,
    shown: (name) => output.shown(path.join(output.path, name)),
    write: async (pieces) => {
      try {
        await pipeline(Readable.from(pieces), createWriteStream(file, { flags: 'wx' }));
      } catch (error) {
        if (error instanceof TrailVerifyError) throw error;
        throw notWritten(file, error);
      }
    },
    close: async () => {
      try {
        const hash = createHash('sha256');
        await pipeline(createReadStream(file), hash);
        const { size } = await stat(file);
        return { file: name, sha256: hash.digest('hex'), bytes: size };
      } catch (error) {
        throw notWritten(file, error);
      }
    },
    record: async (document, signing, terminal, onWhole) => {
      await writeNewFile(record, [formatAnswer(document)]);
      const signed =
        signing === undefined
          ? { lines: [], signature: undefined, failure: undefined }
          : await signWritten(record, signing, output.shown, terminal, 'the answer');
      await output.publish(onWhole);
      return signed;
    },
    discard: output.discard,
  };
}

function notWritten(file: string, cause: unknown): TrailVerifyError {
  return unwritable(`answer ${inPlace(file)} cannot be written: ${messageOf(cause)}`, cause, HINTS);
}
