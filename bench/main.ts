/**
 * `npm run bench`: the figures of docs/performance.md, each row a piece of work done by this tool and by a peer in
 * turns, on data that it makes itself.
 *
 *     npm run bench -- [--quick | --full] [--only <row>]... [--rounds <n>] [--json <file>] [--markdown] [-- <verify options>]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isoTime, systemClock } from '../src/base/clock.ts';
import { describeMachine, machineWords } from './machine.ts';
import { type Measured, type MeasuredRow, markdownTable, rowText } from './print.ts';
import type { BenchOptions, Row } from './row.ts';
import { COMMAND_ROWS } from './rows/command.ts';
import { EVENT_ROWS } from './rows/events.ts';
import { FOLDER_ROWS } from './rows/folder.ts';
import { MEMORY_ROWS } from './rows/memory.ts';
import { QUEUE_ROWS } from './rows/queue.ts';
import { S3_ROWS } from './rows/s3.ts';
import { SHARD_ROWS } from './rows/shards.ts';
import { WINDOW_ROWS } from './rows/window.ts';
import { SCRATCH } from './scratch.ts';
import { judge } from './statistics.ts';

const ROWS: readonly Row[] = [
  ...S3_ROWS,
  ...FOLDER_ROWS,
  ...MEMORY_ROWS,
  ...EVENT_ROWS,
  ...WINDOW_ROWS,
  ...SHARD_ROWS,
  ...QUEUE_ROWS,
  ...COMMAND_ROWS,
];
const ROUNDS = 5;

const USAGE = `usage: npm run bench -- [--quick | --full] [--only <row>]... [--rounds <n>] [--json <file>] [--markdown]
                        [-- <verify options>]
rows: ${ROWS.map(({ name }) => name).join(', ')}
`;

const { values, positionals } = commandLine();
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const { quick, full, only } = values;
const unknown = only.filter((name) => !ROWS.some((row) => row.name === name));
if (unknown.length > 0) refuse(`no row named ${unknown.join(', ')}`);
if (quick && full) refuse('--quick and --full exclude each other');
const rounds = Number(values.rounds ?? (quick ? 1 : ROUNDS));
if (!Number.isInteger(rounds) || rounds < 1) refuse(`not a number of rounds: ${values.rounds}`);
const options: BenchOptions = { quick, full, rounds, verifyOptions: positionals };
const machine = describeMachine();
const say = (text: string): boolean => (values.markdown ? process.stderr : process.stdout).write(text);

say(`${machineWords(machine)}\n\n`);
const rows: MeasuredRow[] = [];
for (const row of ROWS.filter(({ name }) => only.length === 0 || only.includes(name))) {
  const measured = await measure(row);
  rows.push(measured);
  say(`${rowText(measured, !quick)}\n`);
}
const all: Measured = { machine, date: isoTime(systemClock.now()), quick, rows };
const file = values.json ?? join(SCRATCH, quick ? 'quick.json' : 'results.json');
writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
say(`written to ${file}\n`);
if (values.markdown) process.stdout.write(markdownTable(all));

function commandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string' },
        json: { type: 'string' },
        markdown: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(problem: string): never {
  process.stderr.write(`bench: ${problem.split('. ')[0]} (--help lists options and rows)\n`);
  process.exit(2);
}

/** Runs one row. What it throws is a wrong verdict or a crash, and ends the benchmark. */
async function measure({ name, title, goal, run }: Row): Promise<MeasuredRow> {
  const result = await run(options);
  if ('skipped' in result) return { name, title, goal, figures: [], notes: [], skipped: result.skipped };
  return { name, title, goal, figures: result.figures.map(judge), notes: result.notes };
}
