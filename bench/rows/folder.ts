import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BODY_SETS, logBodies } from '../data/log-bodies.ts';
import { logList } from '../data/log-list.ts';
import { countsOf, trailFolder } from '../data/made-trail.ts';
import { oneChain, organization } from '../data/recipes.ts';
import { buildLimit, runLimit } from '../peers/limit.ts';
import { type BenchOptions, inRounds, type Row, type RowResult } from '../row.ts';
import { SCRATCH } from '../scratch.ts';
import { type Figure, ratios } from '../statistics.ts';
import { KEY_FILE, runVerify, unpackers } from '../verify-run.ts';

interface Share {
  readonly native: number;
  readonly pure: number;
}

async function logFiles(
  logs: number,
  share: Share,
  { quick, rounds, verifyOptions }: BenchOptions,
): Promise<RowResult> {
  const bodySet = BODY_SETS['250 KB'];
  const recipe = quick ? oneChain(10, 500, bodySet) : oneChain(logs / 200, logs, bodySet);
  const folder = await trailFolder(recipe);
  const expected = countsOf(recipe.shape);
  const bodies = await logBodies(bodySet);
  const size = bodies.reduce((sum, { contentSize }) => sum + contentSize, 0) / bodies.length;
  const megabytes = (expected.logs * size) / 1e6;
  const ways = unpackers();
  const ours = ways.map(
    ({ environment }) =>
      () =>
        runVerify({ target: folder, options: ['--keys', KEY_FILE, ...verifyOptions], environment, expected }),
  );
  const limit = buildLimit();
  const notes = [
    `${expected.logs} log files, ${Math.round(megabytes)} MB of JSON; whole processes, files in the page cache`,
  ];
  const contenders = [...ours];
  if ('absent' in limit) notes.push(`no limit: ${limit.absent}`);
  else {
    const list = join(SCRATCH, 'limit-list.txt');
    writeFileSync(list, await logList(recipe, folder));
    contenders.push(() => runLimit(limit.program, list, expected.logs));
  }
  const samples = await inRounds(rounds, contenders);
  const rates = samples.map((runs) => runs.map(({ seconds }) => megabytes / seconds));
  const figures = ways.flatMap(({ name }, at): Figure[] => {
    const rate = rates[at] ?? [];
    const peak = (samples[at] ?? []).map(({ peakBytes }) => peakBytes / 1e6);
    const cpu = (samples[at] ?? []).map(({ cpuSeconds }) => (cpuSeconds * 1e6) / expected.logs);
    const own: Figure[] = [
      { name, unit: 'MB/s of JSON', values: rate },
      { name: `${name}: CPU`, unit: 'µs/log file', values: cpu },
      { name: `${name}: peak memory`, unit: 'MB', values: peak },
    ];
    if ('absent' in limit) return own;
    const values = ratios(rate, rates.at(-1) ?? []).map((ratio) => 100 * ratio);
    const goal = { least: name === 'native' ? share.native : share.pure };
    return [{ name: `${name} / C limit`, unit: '%', values, goal }, ...own];
  });
  if (!('absent' in limit))
    figures.push({ name: 'C limit', unit: 'MB/s of JSON', values: rates.at(-1) ?? [] });
  return { figures, notes };
}

async function digestsOnly({ quick, rounds, verifyOptions }: BenchOptions): Promise<RowResult> {
  const recipe = organization(quick ? 0.05 : 1, quick ? 1 : 3, 2, undefined);
  const folder = await trailFolder(recipe);
  const { digests } = countsOf(recipe.shape);
  const options = ['--keys', KEY_FILE, '--no-logs', ...verifyOptions];
  const ways = unpackers();
  const samples = await inRounds(
    rounds,
    ways.map(
      ({ environment }) =>
        () =>
          runVerify({ target: folder, options, environment, expected: { digests, logs: 0 } }),
    ),
  );
  const figures = ways.flatMap(({ name }, at): Figure[] => {
    const runs = samples[at] ?? [];
    const rate = runs.map(({ seconds }) => digests / seconds);
    const cpu = runs.map(({ cpuSeconds }) => (cpuSeconds * 1e6) / digests);
    return [
      { name, unit: 'digests/s', values: rate, goal: { least: name === 'native' ? 9_000 : 7_000 } },
      { name: `${name}: CPU`, unit: 'µs/digest', values: cpu },
      { name: `${name}: peak memory`, unit: 'MB', values: runs.map(({ peakBytes }) => peakBytes / 1e6) },
    ];
  });
  const chains = recipe.shape.chains.length;
  return {
    figures,
    notes: [`${digests} digest files of ${chains} chains, each with its sidecar; the whole process`],
  };
}

function folderRow(name: string, title: string, logs: number, share: Share): Row {
  const goal = `>= ${share.native} % of \`bench/limit.c\`, >= ${share.pure} % in pure Node`;
  return { name, title, goal, run: (options) => logFiles(logs, share, options) };
}

/** The rows over a folder that mirrors a bucket. */
export const FOLDER_ROWS: readonly Row[] = [
  folderRow('folder', 'folder, 20,000 log files of 250 KB, all cores', 20_000, { native: 75, pure: 48 }),
  folderRow('folder-100k', 'folder, 100,000 log files of 250 KB, all cores', 100_000, {
    native: 85,
    pure: 55,
  }),
  {
    name: 'digests',
    title: 'digests only (`--no-logs`), folder',
    goal: '>= 9,000 digests a second on 2 cores, >= 7,000 in pure Node',
    run: digestsOnly,
  },
];
