/**
 * The process that asks. DuckDB's bound on memory does not hold within one value, and what works on one value heeds no interruption:
 * `repeat('x', 2000000000)` takes what the machine has. A process can be measured, and ended.
 */
import { EventEmitter, on } from 'node:events';
import { rmSync } from 'node:fs';
import { messageOf, TrailVerifyError } from '../../base/errors.ts';
import type { GiveLines } from '../witness-table.ts';
import { type EventsHere, openHere } from './ask-here.ts';
import type { FromProcess, Refused, Results, Task, ToProcess } from './contract.ts';
import { RowTexts } from './row-texts.ts';

/** Memory of the process, in bytes: DuckDB keeps to a third of it, as far as it can. */
const MOST_MEMORY = 3 * 1024 ** 3;
/** How often that is measured, in milliseconds. */
const OFTEN = 50;

const lines = new EventEmitter();
let events: EventsHere | undefined;
let rows: RowTexts | undefined;
let spill: string | undefined;
let turn: Promise<unknown> = Promise.resolve();

function send(message: FromProcess, then: () => void = () => {}): void {
  // Where nobody listens any more, 'disconnect' ends it.
  process.send?.(message, undefined, {}, then);
}

function end(): void {
  // An exit would wait for what DuckDB is at.
  process.kill(process.pid, 'SIGKILL');
}

/** The lines that are sent from now on. */
function linesToCome(): GiveLines {
  const parts = on(lines, 'part');
  return async (take) => {
    for await (const [part] of parts as AsyncIterable<[Extract<ToProcess, { do: 'lines' }>]>) {
      for (const line of part.lines) take(line);
      if (part.isLast) return;
    }
  };
}

/** Makes the folder of an export the working folder, which no rename changes. Returns the path to it. */
function enter({ place, options: { folder, document } }: Extract<Task, { do: 'open' }>): string {
  // Of an export without files there is nothing to read.
  if (document.files.length === 0) return folder;
  try {
    process.chdir(place);
  } catch (cause) {
    throw new TrailVerifyError(
      'EVIDENCE_INVALID',
      `the events in ${folder} cannot be read: ${messageOf(cause)}`,
      { cause },
    );
  }
  return '.';
}

async function carryOut(task: Task, witness: GiveLines | undefined): Promise<Results[keyof Results]> {
  if (task.do === 'open') {
    await events?.close();
    events = undefined;
    const place = enter(task);
    events = await openHere({ ...task.options, witness }, task.spill, place);
    return undefined;
  }
  if (events === undefined) throw new Error('no events are open');
  if (task.do === 'prepare') {
    await events.prepare(task.sql, task.asParquet);
    return undefined;
  }
  if (task.do === 'write') return events.write(task.sql, task.limit);
  if (task.do === 'undated') return events.undated();
  if (task.do === 'next') return rows?.next();
  if (task.do === 'check') {
    await events.check();
    return undefined;
  }
  const answer = task.do === 'ask' ? await events.ask(task.sql) : await events.written();
  rows = new RowTexts(answer.batches);
  return answer.columns;
}

function refused(error: unknown): Refused {
  if (!(error instanceof TrailVerifyError))
    return { code: undefined, message: messageOf(error), hint: undefined };
  const { code, message, hint } = error;
  return { code, message, hint };
}

process.on('message', (message: ToProcess) => {
  if (message.do === 'interrupt') {
    events?.interrupt();
    return;
  }
  if (message.do === 'lines') {
    lines.emit('part', message);
    return;
  }
  const { number, ...task } = message;
  if (task.do === 'open') spill = task.spill;
  const witness = task.do === 'open' && task.hasLines ? linesToCome() : undefined;
  const answer = async (): Promise<void> => {
    try {
      send({ number, result: await carryOut(task, witness) });
    } catch (error) {
      send({ number, error: refused(error) });
    }
  };
  if (task.do === 'check') void answer();
  else turn = turn.then(answer);
});
process.on('disconnect', () => {
  // Who started this one is gone, and may have had no time for that.
  try {
    if (spill !== undefined) rmSync(spill, { recursive: true, force: true });
  } finally {
    end();
  }
});
// A terminal signals all its processes. Who started this one says what becomes of it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
setInterval(() => {
  if (process.memoryUsage.rss() > MOST_MEMORY) send({ exceeded: true }, end);
}, OFTEN).unref();
