/**
 * What witnesses have answered so far, so that hours of questions are not lost. The file is believed as a witness is, so it is in the
 * user's own folder, where nobody else can have put answers: not next to the output, which may be in a copy that an intruder wrote.
 *
 *     {"asked":"<SHA-256 of the report>","all":false,"output":"/cases/7/witness"}
 *     {"question":"event-history 111122223333/us-east-1 1764028800000","events":[{"id":"…","record":"…"}]}
 *     {"question":"event-history 111122223333/us-east-1 1764028800000","answer":{}}
 *
 * An answer counts where its last line is there and nothing was refused. The file goes when the answer is written.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { TrailVerifyError } from '../../../base/errors.ts';
import { asciiJson } from '../../../base/json.ts';
import { unwritable } from '../../../copy/disk-full.ts';
import { noteUnfinished, settle } from '../../../source/unfinished.ts';
import type { GivenEvent, Witness, WitnessAnswer } from '../../../witness/contract.ts';

/** The questions of one run: answers to others are of no use to it. */
export interface AskedRun {
  readonly reportSha256: string;
  readonly all: boolean;
  /** The whole path of the folder that the answer is written to: two runs side by side have two. */
  readonly output: string;
  /** The event data store that is asked, where one is. */
  readonly store?: string | undefined;
}

/** Answers that are kept. */
export interface KeptAnswers {
  readonly file: string;
  /** How many questions are answered by now. */
  readonly known: number;
  /** How many answers were given out of the file, of a run before. */
  readonly given: number;
  /** The same witness, asked only what is not answered yet. */
  keeping(witness: Witness): Witness;
  close(): Promise<void>;
  /** Removes the file. */
  discard(): Promise<void>;
}

/** The lines of a page, by their place in the file. */
interface Place {
  readonly offset: number;
  readonly length: number;
}

const NEW_LINE = 0x0a;

/**
 * Opens the answers to the questions of a run in `folder`, the user's own, or begins them. Throws OUTPUT_NOT_USABLE for a file of another
 * content, OUTPUT_NOT_WRITTEN where the disk is full.
 */
export async function openKeptAnswers(folder: string, run: AskedRun): Promise<KeptAnswers> {
  const { reportSha256, all, output, store } = run;
  const head = `${asciiJson({ asked: reportSha256, all, output, store })}\n`;
  const file = path.join(
    folder,
    `asked-${createHash('sha256').update(head).digest('hex').slice(0, 32)}.jsonl`,
  );
  let handle: FileHandle;
  try {
    handle = await open(file, OWN_FILE, 0o600);
  } catch (cause) {
    throw unwritable(`answers cannot be kept in ${file}`, cause, HINTS);
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

const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW = 0 } = constants;
const OWN_FILE = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW;

const HINTS = {
  full: 'free some space, and run again',
  else: 'remove it, and run again',
};

class AnswerFile implements KeptAnswers {
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #pages = new Map<string, Place[]>();
  readonly #answered = new Map<string, WitnessAnswer>();
  #given = 0;
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

  /** Reads what is there; a line that was cut off is ended, and counts for nothing. */
  async read(head: string): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size === 0) {
      // Without an answer it is of no use.
      noteUnfinished(this.file);
      await this.#append(head);
      return;
    }
    const lines = createInterface({
      input: this.#handle.createReadStream({ start: 0, autoClose: false, encoding: 'latin1' }),
      crlfDelay: 0,
    });
    let offset = 0;
    for await (const line of lines) {
      const length = line.length + 1;
      if (offset === 0 && `${line}\n` !== head)
        throw new TrailVerifyError('OUTPUT_NOT_USABLE', `${this.file} holds answers to other questions`, {
          hint: HINTS.else,
        });
      if (offset > 0) this.#take(line, { offset, length });
      offset += length;
    }

    const last = Buffer.alloc(1);
    await this.#handle.read(last, 0, 1, size - 1);
    if (last[0] !== NEW_LINE) await this.#append('\n');
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
          for (const page of this.#pages.get(question) ?? []) await take(await this.#pageAt(page));
          return known;
        }
        this.#pages.delete(question);
        const answer = await witness.ask(place, stretch, async (events) => {
          await this.#append(`${asciiJson({ question, events })}\n`);
          settle(this.file);
          await take(events);
        });
        if (answer.refusal === undefined) {
          await this.#append(`${asciiJson({ question, answer: { foreign: answer.foreign } })}\n`);
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

  #take(line: string, place: Place): void {
    let read: { readonly question?: unknown; readonly events?: unknown; readonly answer?: unknown };
    try {
      read = JSON.parse(line);
    } catch {
      return;
    }
    const { question, events, answer } = read;
    if (typeof question !== 'string') return;
    if (answer !== undefined) this.#answered.set(question, answerOf(answer));
    else if (Array.isArray(events)) {
      const pages = this.#pages.get(question);
      if (pages === undefined) this.#pages.set(question, [place]);
      else pages.push(place);
    }
  }

  async #pageAt({ offset, length }: Place): Promise<readonly GivenEvent[]> {
    const bytes = Buffer.alloc(length);
    await this.#handle.read(bytes, 0, length, offset);
    const { events }: { readonly events: readonly GivenEvent[] } = JSON.parse(bytes.toString('latin1'));
    return events;
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

function answerOf(kept: unknown): WitnessAnswer {
  const foreign = typeof kept === 'object' && kept !== null && 'foreign' in kept ? kept.foreign : undefined;
  return { refusal: undefined, foreign: typeof foreign === 'string' ? foreign : undefined };
}
