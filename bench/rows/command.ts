import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BODY_SETS } from '../data/log-bodies.ts';
import { countsOf, trailFolder } from '../data/made-trail.ts';
import { oneChain } from '../data/recipes.ts';
import { runNode, type Wrapper } from '../measured-process.ts';
import { type BenchOptions, inRounds, mustBe, type Row, type RowResult } from '../row.ts';
import { ROOT } from '../scratch.ts';
import { ratios } from '../statistics.ts';
import { KEY_FILE, runVerify } from '../verify-run.ts';

/** Gives the command a terminal (util-linux), as progress is shown on one. */
const TERMINAL: Wrapper = {
  command: 'script',
  args: (command, args) => ['-qefc', [command, ...args].map(quote).join(' '), '/dev/null'],
  watch: /places\s+\d/,
};

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

async function progress({ quick, rounds, verifyOptions }: BenchOptions): Promise<RowResult> {
  if (spawnSync('script', ['--version']).error !== undefined)
    return { skipped: 'script (util-linux) is not installed' };
  const recipe = quick ? oneChain(10, 500, BODY_SETS['250 KB']) : oneChain(100, 20_000, BODY_SETS['250 KB']);
  const folder = await trailFolder(recipe);
  const expected = countsOf(recipe.shape);
  const run = (shown: boolean) => () =>
    runVerify({
      target: folder,
      options: ['--keys', KEY_FILE, ...verifyOptions],
      expected,
      progress: shown,
      wrapper: TERMINAL,
    });
  const [silent = [], shown = []] = await inRounds(rounds, [run(false), run(true)]);
  const first = shown.map(({ watchedMs }) => (watchedMs ?? Number.POSITIVE_INFINITY) / 1000);
  const cpu = ratios(
    shown.map(({ cpuSeconds }) => cpuSeconds),
    silent.map(({ cpuSeconds }) => cpuSeconds),
  );
  return {
    figures: [
      { name: 'first figure after', unit: 's', values: first, goal: { most: 1 } },
      {
        name: 'CPU beside --no-progress',
        unit: '% more',
        values: cpu.map((ratio) => 100 * (ratio - 1)),
        goal: { most: 1 },
      },
    ],
    notes: [`the folder of ${expected.logs} log files, on a terminal`],
  };
}

async function startUp({ quick, rounds }: BenchOptions): Promise<RowResult> {
  const command = join(ROOT, 'bin', 'trail-verify.js');
  const times = async (args: readonly string[], exitCode: number): Promise<number> => {
    const sample = await runNode([command, ...args]);
    mustBe(`the exit code of ${args.join(' ')}`, sample.exitCode, exitCode);
    return sample.seconds * 1000;
  };
  const bare = async (): Promise<number> => (await runNode(['-e', '0'])).seconds * 1000;
  const [help = [], bad = [], node = []] = await inRounds(quick ? 3 : rounds * 5, [
    () => times(['--help'], 0),
    () => times(['verify', '--no-such-option'], 2),
    bare,
  ]);
  return {
    figures: [
      { name: '--help', unit: 'ms', values: help, goal: { most: 150 } },
      { name: 'a bad option', unit: 'ms', values: bad, goal: { most: 150 } },
      { name: 'node by itself', unit: 'ms', values: node },
    ],
    notes: [],
  };
}

/** The rows of the command itself. */
export const COMMAND_ROWS: readonly Row[] = [
  {
    name: 'progress',
    title: 'progress shown',
    goal: 'first figure within 1 s, cost below 1 %',
    run: progress,
  },
  { name: 'start-up', title: 'start-up: `--help`, a bad option', goal: 'under 150 ms', run: startUp },
];
