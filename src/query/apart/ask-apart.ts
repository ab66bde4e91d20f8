/** The verified events of an export, asked in a process of their own: whatever a question takes, this one goes on. */
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { requireEvents } from '../../events/events-document.ts';
import { untilProcessEnded } from '../../hashing/end-worker.ts';
import { makeOwnFolder } from '../../source/own-folder.ts';
import { removeTemporaryFolder } from '../../source/unfinished.ts';
import {
  type OpenedEvents,
  type OpenOptions,
  questionInterrupted,
  type Rows,
  type Value,
} from '../opened-events.ts';
import { watchedEvents } from '../watched-events.ts';
import type { GiveLines } from '../witness-table.ts';
import type { FromProcess, Refused, Results, Task, ToProcess } from './contract.ts';
import { startAsking } from './start-asking.ts';

/**
 * Opens the events of an export. Throws CONFIGURATION where DuckDB is not installed and for a manifest alone, EVIDENCE_INVALID
 * where DuckDB cannot read them, and what the lines of a witness throw.
 */
export async function openVerifiedEvents(options: OpenOptions): Promise<OpenedEvents> {
  const question = startProcess();
  try {
    return await question.open(options);
  } catch (error) {
    await question.close();
    throw error;
  }
}

/** A question that can be asked, in the process where that was found. */
export interface Answerable {
  /** As `openVerifiedEvents`; `close` of either ends both. */
  open(options: OpenOptions): Promise<OpenedEvents>;
  close(): Promise<void>;
}

/**
 * Checks that a question can be asked, before anything is read for it: names and types are those of an export without events, and
 * of a witness without any where there will be one. Throws CONFIGURATION as `ask` does, or `write` for Parquet, and where DuckDB is not
 * installed.
 */
export async function requireAnswerable(
  sql: string,
  now: number,
  {
    hasWitness = false,
    asParquet = false,
  }: { readonly hasWitness?: boolean; readonly asParquet?: boolean } = {},
): Promise<Answerable> {
  const question = startProcess();
  try {
    const witness = hasWitness ? async () => {} : undefined;
    await question.open({
      folder: '.',
      document: { contents: 'events', files: [] },
      marks: new Map(),
      now,
      witness,
    });
    await question.prepare(sql, asParquet);
    return question;
  } catch (error) {
    await question.close();
    throw error;
  }
}

function startProcess(): Question {
  const process = startAsking();
  try {
    return new Question(process, makeOwnFolder('trail-verify-query-'));
  } catch (error) {
    process.kill();
    throw error;
  }
}

/** How long a statement may go on after it was interrupted, in milliseconds. */
const PATIENCE = 1000;
/** Characters that are sent at once: a line may have millions. */
const AT_ONCE = 16 << 20;

interface Waiting {
  resolve(result: Results[keyof Results]): void;
  reject(error: unknown): void;
}

class Question implements OpenedEvents, Answerable {
  readonly #process: ChildProcess;
  readonly #spill: string;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;
  #answers = 0;
  /** Why there is no process any more. */
  #end: TrailVerifyError | undefined;
  #patience: NodeJS.Timeout | undefined;
  #isClosing = false;
  #closed: Promise<void> | undefined;

  constructor(process: ChildProcess, spill: string) {
    this.#process = untilProcessEnded(process);
    this.#spill = spill;
    this.#ended = new Promise((resolve) => {
      const end = (error: TrailVerifyError): void => {
        this.#fail(error);
        resolve();
      };
      process.on('error', (cause) => end(notStarted(cause)));
      process.once('exit', (code, signal) => end(unexpectedEnd(code, signal)));
    });
    process.on('message', (message: FromProcess) => this.#take(message));
  }

  async open({ witness, ...given }: OpenOptions): Promise<OpenedEvents> {
    requireEvents(given.document, given.folder);
    // The process has another working folder.
    const options = { ...given, target: given.target && path.resolve(given.target) };
    const place = path.resolve(given.folder);
    const hasLines = witness !== undefined;
    const opened = this.#do({ do: 'open', options, place, spill: this.#spill, hasLines });
    if (witness !== undefined) {
      // It may fail before the lines are there, which is said below.
      opened.catch(() => undefined);
      await this.#sendLines(witness);
    }
    await opened;
    return watchedEvents(this);
  }

  async #sendLines(give: GiveLines): Promise<void> {
    let lines: string[] = [];
    let held = 0;
    await give((line) => {
      lines.push(line);
      held += line.length;
      if (held < AT_ONCE) return;
      this.#send({ do: 'lines', lines, isLast: false });
      lines = [];
      held = 0;
    });
    this.#send({ do: 'lines', lines, isLast: true });
  }

  async prepare(sql: string, asParquet: boolean): Promise<void> {
    await this.#do({ do: 'prepare', sql, asParquet });
  }

  ask(sql: string): Promise<Rows> {
    return this.#answerTo({ do: 'ask', sql });
  }

  write(sql: string, limit?: number): Promise<boolean> {
    return this.#do({ do: 'write', sql, limit });
  }

  written(): Promise<Rows> {
    return this.#answerTo({ do: 'written' });
  }

  undated(): Promise<number> {
    return this.#do({ do: 'undated' });
  }

  async check(): Promise<void> {
    await this.#do({ do: 'check' });
  }

  interrupt(): void {
    if (this.#end !== undefined || this.#patience !== undefined) return;
    this.#send({ do: 'interrupt' });
    this.#patience = setTimeout(() => {
      this.#fail(questionInterrupted());
      this.#process.kill('SIGKILL');
    }, PATIENCE);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#fail(new TrailVerifyError('INTERNAL', 'the events are closed'));
    this.#isClosing = true;
    this.#keepAlive();
    // At once: there is nothing in it that must be kept.
    this.#process.kill('SIGKILL');
    await this.#ended;
    await removeTemporaryFolder(this.#spill);
  }

  async #answerTo(task: { do: 'ask'; sql: string } | { do: 'written' }): Promise<Rows> {
    this.#answers += 1;
    const batches = this.#batches(this.#answers);
    return { columns: await this.#do(task), batches };
  }

  async *#batches(answer: number): Rows['batches'] & AsyncGenerator<readonly (readonly Value[])[]> {
    // The process has the rows of its last answer alone.
    const rows = (): Promise<string | undefined> =>
      answer === this.#answers
        ? this.#do({ do: 'next' })
        : Promise.reject(new TrailVerifyError('INTERNAL', 'another question was asked since'));
    // The next rows are made while these are taken.
    let next = rows();
    for (let text = await next; text !== undefined; text = await next) {
      next = rows();
      // Nobody waits for it where the rows are given up.
      next.catch(() => undefined);
      yield JSON.parse(text) as readonly (readonly Value[])[];
    }
  }

  #do<T extends Task>(task: T): Promise<Results[T['do']]> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const number = this.#number++;
    return new Promise((resolve, reject) => {
      // The process answers each task with its own result.
      this.#waiting.set(number, { resolve: resolve as Waiting['resolve'], reject });
      this.#keepAlive();
      this.#send({ ...task, number });
    });
  }

  #send(message: ToProcess): void {
    // Where it cannot be sent the process has ended, which is heard of.
    if (this.#end === undefined) this.#process.send(message, () => undefined);
  }

  #take(message: FromProcess): void {
    if ('exceeded' in message) {
      this.#fail(tooMuchMemory());
      return;
    }
    if (this.#patience !== undefined) {
      // It heeds the interruption, or had an answer just before that nobody wants any more.
      clearTimeout(this.#patience);
      this.#patience = undefined;
      this.#refuse(questionInterrupted());
      return;
    }
    const waiting = this.#waiting.get(message.number);
    this.#waiting.delete(message.number);
    this.#keepAlive();
    if ('error' in message) waiting?.reject(errorOf(message.error));
    else waiting?.resolve(message.result);
  }

  /** This program waits for that process where it has something to do, or must be gone. Else that ends with this one. */
  #keepAlive(): void {
    const { channel } = this.#process;
    const is = this.#isClosing || this.#waiting.size > 0;
    for (const handle of [this.#process, channel]) {
      if (is) handle?.ref();
      else handle?.unref();
    }
  }

  #fail(error: TrailVerifyError): void {
    clearTimeout(this.#patience);
    this.#end ??= error;
    this.#refuse(this.#end);
  }

  #refuse(error: TrailVerifyError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#keepAlive();
  }
}

function errorOf({ code, message, hint }: Refused): Error {
  return code === undefined ? new Error(message) : new TrailVerifyError(code, message, { hint });
}

function tooMuchMemory(cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', 'the question needs more memory than it may have', {
    hint: 'ask for less in one value: fewer rows in a list, or a shorter text',
    cause,
  });
}

/** V8 aborts where its own memory does not do; Windows has a code for that. */
function unexpectedEnd(code: number | null, signal: NodeJS.Signals | null): TrailVerifyError {
  const how = `the process of the question ended with ${signal ?? `exit code ${code}`}`;
  if (signal === 'SIGABRT' || code === 134) return tooMuchMemory(new Error(how));
  if (signal !== 'SIGKILL') return new TrailVerifyError('INTERNAL', how);
  return new TrailVerifyError('CONFIGURATION', how, {
    hint: 'a system that is short of memory does that: ask for less at once',
  });
}

function notStarted(cause: Error): TrailVerifyError {
  return new TrailVerifyError('INTERNAL', `no process for the question can be started: ${cause.message}`, {
    cause,
  });
}
