/**
 * What witnesses have answered so far, so that hours of questions are not lost. The file is believed as a witness is, so it is in the
 * user's own folder, where nobody else can have put answers: not next to the output, which may be in a copy that an intruder wrote.
 *
 *     {"asked":"<SHA-256 of the report>","all":false,"output":"/cases/7/witness", ...}
 *     {"question":"event-history 111122223333/us-east-1 1764028800000","page":1,"events":[{"id":"…","record":"…"}]}
 *     {"question":"event-history 111122223333/us-east-1 1764028800000","pages":1,"sha256":"<SHA-256 of the lines of its pages>"}
 *
 * An answer counts where its last line is there, and the pages before it are those that this line names: half an answer is none. What
 * was refused is not kept. The file goes when the answer is written.
 */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, rm } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, TrailVerifyError } from '../../../base/errors.ts';
import { asciiJson } from '../../../base/json.ts';
import { isDiskFull, unwritable } from '../../../copy/disk-full.ts';
import { noteUnfinished, settle } from '../../../source/unfinished.ts';
import type { GivenEvent, Witness, WitnessAnswer } from '../../../witness/contract.ts';
import { openOwnFile } from '../signing/own-file.ts';
import { eachLine, LONGEST_LINE, type PageLine, type PlacedLine, readKeptLine } from './kept-lines.ts';

/** What is asked, of whom and by whom: answers to other questions, or to another caller, are of no use. */
export interface AskedRun {
  readonly reportSha256: string;
  readonly all: boolean;
  /** The whole path of the folder that the answer is written to: two runs side by side have two. */
  readonly output: string;
  /** The event data store that is asked, where one is. */
  readonly store?: string | undefined;
  /** The present that was given, in milliseconds since the epoch; undefined for the machine's clock. */
  readonly now?: number | undefined;
  /** Who asks, and where. */
  readonly access?: AskedAccess | undefined;
}

/** How witnesses are reached, without any secret. */
export interface AskedAccess {
  /** The caller's account and role or user, as STS names them; undefined where STS does not. */
  readonly caller?: string | undefined;
  readonly profile?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly memberRole?: string | undefined;
  /** The endpoints that are set, by service. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** Answers that are kept. */
export interface KeptAnswers {
  readonly file: string;
  /** How many questions are answered by now. */
  readonly known: number;
  /** How many answers were given out of the file, of a run before. */
  readonly given: number;
  /** How many lines were read that are damaged: what they were a part of is asked again. */
  readonly damaged: number;
  /** The same witness, asked only what is not answered yet. */
  keeping(witness: Witness): Witness;
  close(): Promise<void>;
  /** Removes the file. */
  discard(): Promise<void>;
}

/** The name of such a file. */
export const KEPT_NAME: RegExp = /^asked-[0-9a-f]{32}\.jsonl$/;

/** The lines of a page, by their place in the file. */
interface Place {
  readonly offset: number;
  readonly length: number;
}

/** The pages of one question so far. */
interface Pages {
  readonly places: Place[];
  readonly hash: Hash;
}

/**
 * Opens the answers to the questions of a run in `folder`, the user's own, or begins them. Throws OUTPUT_NOT_USABLE for a file that is
 * not the user's alone or of another content, OUTPUT_NOT_WRITTEN where the disk is full.
 */
export async function openKeptAnswers(folder: string, run: AskedRun): Promise<KeptAnswers> {
  const { reportSha256, ...rest } = run;
  const head = asciiJson({ asked: reportSha256, ...rest });
  const name = createHash('sha256').update(`${head}\n`).digest('hex').slice(0, 32);
  const file = path.join(folder, `asked-${name}.jsonl`);
  let handle: FileHandle;
  try {
    handle = await openOwnFile(file, O_RDWR | O_APPEND | O_CREAT, 0o600);
  } catch (cause) {
    if (isDiskFull(cause)) throw unwritable(`answers cannot be kept in ${file}`, cause, HINTS);
    throw unusable(file, messageOf(cause), cause);
  }
  const answers = new AnswerFile(handle, file);
  try {
    await answers.read(head);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return answers;
}

const { O_RDWR, O_APPEND, O_CREAT } = constants;

const HINTS = {
  full: 'free some space, and run again',
  else: 'remove it, and run again',
};

function unusable(file: string, why: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('OUTPUT_NOT_USABLE', `answers cannot be kept in ${file}: ${why}`, {
    hint: HINTS.else,
    cause,
  });
}

class AnswerFile implements KeptAnswers {
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #pages = new Map<string, Pages>();
  readonly #answered = new Map<string, WitnessAnswer>();
  #given = 0;
  #damaged = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle, file: string) {
    this.#handle = handle;
    this.file = file;
  }

  get known(): number {
    return this.#answered.size;
  }

  get given(): number {
    return this.#given;
  }

  get damaged(): number {
    return this.#damaged;
  }

  /** Reads what is there; a line that was cut off is taken away. */
  async read(head: string): Promise<void> {
    const whole = await eachLine(this.#handle, (line) => {
      if (line.offset > 0) this.#take(line);
      else if (line.bytes.toString('latin1') !== head)
        throw new Error('it holds something else than answers to these questions');
    }).catch((error: unknown) => {
      throw unusable(this.file, messageOf(error), error);
    });
    if (whole === 0) await this.#begin(head);
    else await this.#handle.truncate(whole);
    // Without an answer it is of no use.
    if (this.known === 0) noteUnfinished(this.file);
  }

  /** Writes the first line into a file that has none: it is empty, or that line was cut off. */
  async #begin(head: string): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size > head.length)
      throw unusable(this.file, 'it holds something else than answers to these questions');
    const there = Buffer.alloc(size);
    await this.#handle.read(there, 0, size, 0);
    if (!head.startsWith(there.toString('latin1')))
      throw unusable(this.file, 'it holds something else than answers to these questions');
    await this.#handle.truncate(0);
    await this.#append(`${head}\n`);
  }

  keeping(witness: Witness): Witness {
    if (witness.isAtHand === true) return witness;
    return {
      ...witness,
      ask: async (place, stretch, take) => {
        const question = `${witness.kind} ${place.account}/${place.region} ${stretch.from} ${stretch.to}`;
        const known = this.#answered.get(question);
        if (known !== undefined) {
          this.#given += 1;
          const places = this.#pages.get(question)?.places ?? [];
          for (const [at, page] of places.entries()) await take(await this.#pageAt(page, question, at + 1));
          return known;
        }
        const asked = createHash('sha256');
        let pages = 0;
        let isKept = true;
        const answer = await witness.ask(place, stretch, async (events) => {
          pages += 1;
          const line = asciiJson({ question, page: pages, events } satisfies PageLine);
          isKept &&= line.length <= LONGEST_LINE;
          if (isKept) {
            asked.update(`${line}\n`);
            await this.#append(`${line}\n`);
          }
          await take(events);
        });
        if (answer.refusal === undefined && isKept) {
          const { foreign } = answer;
          await this.#append(`${asciiJson({ question, pages, sha256: asked.digest('hex'), foreign })}\n`);
          settle(this.file);
          this.#answered.set(question, answer);
        }
        return answer;
      },
    };
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#handle.close();
  }

  async discard(): Promise<void> {
    await rm(this.file, { force: true });
    settle(this.file);
  }

  /** Takes note of a line. A page that does not follow the one before it is nobody's; the first one begins its question again. */
  #take({ bytes, offset }: PlacedLine): void {
    const line = readKeptLine(bytes);
    if (line === undefined) {
      this.#damaged += 1;
      return;
    }
    const { question } = line;
    if ('events' in line) {
      this.#answered.delete(question);
      if (line.page === 1) this.#pages.set(question, { places: [], hash: createHash('sha256') });
      const pages = this.#pages.get(question);
      if (pages?.places.length !== line.page - 1) this.#pages.delete(question);
      else {
        pages.places.push({ offset, length: bytes.length });
        pages.hash.update(bytes).update('\n');
      }
      return;
    }
    const none = { places: [], hash: createHash('sha256') };
    const pages = line.pages === 0 ? none : (this.#pages.get(question) ?? none);
    const isWhole = pages.places.length === line.pages && pages.hash.copy().digest('hex') === line.sha256;
    if (isWhole) {
      this.#pages.set(question, pages);
      this.#answered.set(question, { refusal: undefined, foreign: line.foreign });
      return;
    }
    this.#pages.delete(question);
    this.#damaged += 1;
  }

  async #pageAt({ offset, length }: Place, question: string, page: number): Promise<readonly GivenEvent[]> {
    const bytes = Buffer.alloc(length);
    await this.#handle.read(bytes, 0, length, offset);
    const line = readKeptLine(bytes);
    if (line !== undefined && 'events' in line && line.question === question && line.page === page)
      return line.events;
    throw unusable(this.file, 'it was changed while it was read');
  }

  #append(text: string): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      try {
        await this.#handle.appendFile(text, 'latin1');
      } catch (cause) {
        throw unwritable(`answers cannot be kept in ${this.file}`, cause, HINTS);
      }
    });
    return this.#writing;
  }
}
