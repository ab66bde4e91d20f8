import { join } from 'node:path';
import { BODY_SETS } from '../data/log-bodies.ts';
import { countsOf, madeTrail, type TrailRecipe, trailFolder } from '../data/made-trail.ts';
import { oneChain, organizationOf } from '../data/recipes.ts';
import { runNode } from '../measured-process.ts';
import { type BenchOptions, inRounds, type Row, type RowResult } from '../row.ts';
import { freeSpace, ROOT } from '../scratch.ts';
import { startServer } from '../server/start-server.ts';
import { ratios } from '../statistics.ts';
import { KEY_FILE, runVerify } from '../verify-run.ts';

/** The inventory's lines wait on disk, some 330 bytes for each log file; room for that and for what is packed of it. */
const DISK_PER_LOG = 400;

async function manyLogFiles({ quick, full }: BenchOptions): Promise<RowResult> {
  const most = quick ? 10_000 : full ? 10_000_000 : 1_000_000;
  if (freeSpace() < most * DISK_PER_LOG)
    return { skipped: `it takes ${(most * DISK_PER_LOG) / 1e9} GB of disk` };
  const small = organizationOf(most / 10, most);
  const large = organizationOf(most, most);
  // One round: flat or not shows in one.
  const [[few], [many]] = (await inRounds(1, [() => synthetic(small), () => synthetic(large)])) as [
    [Run],
    [Run],
  ];
  const perLog = (runs: Run): number => (runs.seconds * 1e6) / runs.logs;
  const workPerLog = (runs: Run): number => runs.cpuSeconds / runs.logs;
  return {
    figures: [
      { name: 'peak memory', unit: 'MB', values: [many.peakBytes / 1e6], goal: { most: 400 } },
      { name: 'peak memory of a tenth', unit: 'MB', values: [few.peakBytes / 1e6] },
      {
        name: 'time for each log file beside a tenth',
        unit: 'times',
        values: [perLog(many) / perLog(few)],
        goal: { most: 1.1 },
      },
      {
        name: 'processor time for each beside a tenth',
        unit: 'times',
        values: [workPerLog(many) / workPerLog(few)],
      },
      { name: 'time', unit: 'µs/log file', values: [perLog(many)] },
      { name: 'whole', unit: 's', values: [many.seconds] },
    ],
    notes: [
      `${many.logs} and ${few.logs} log files, one thread, with the inventory on disk; one round${full || quick ? '' : '; ten million with --full'}`,
    ],
  };
}

interface Run {
  readonly seconds: number;
  /** Of all threads, which other work on the machine changes less than it changes the time. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly logs: number;
}

async function manyFindings({ quick }: BenchOptions): Promise<RowResult> {
  const most = quick ? 10_000 : 1_000_000;
  const run = await synthetic(organizationOf(most, most), ['modified']);
  return {
    figures: [
      { name: 'peak memory', unit: 'MB', values: [run.peakBytes / 1e6], goal: { most: 400 } },
      { name: 'time', unit: 'µs/log file', values: [(run.seconds * 1e6) / run.logs] },
    ],
    notes: [`${run.logs} log files, each of them a finding; one round`],
  };
}

async function synthetic(recipe: TrailRecipe, more: readonly string[] = []): Promise<Run> {
  // What is kept on disk is made here, so that the measured process does not.
  await madeTrail(recipe);
  const script = join(ROOT, 'bench', 'synthetic-run.ts');
  const sample = await runNode(['--import', 'tsx', script, JSON.stringify(recipe), ...more]);
  if (sample.exitCode !== 0)
    throw new Error(`the synthetic run ended with ${sample.exitCode}: ${sample.error}`);
  // Printed by synthetic-run.ts.
  const { seconds } = JSON.parse(sample.out) as { seconds: number };
  return {
    seconds,
    cpuSeconds: sample.cpuSeconds,
    peakBytes: sample.peakBytes,
    logs: countsOf(recipe.shape).logs,
  };
}

async function largeLogFiles({ quick, rounds, verifyOptions }: BenchOptions): Promise<RowResult> {
  const recipe = quick ? oneChain(1, 4, BODY_SETS['250 KB']) : oneChain(1, 128, BODY_SETS['60 MB']);
  const expected = countsOf(recipe.shape);
  const server = await startServer({ recipe, latency: 0, prepare: true });
  try {
    const options = [
      '--endpoint-url',
      server.url,
      '--trust-endpoint-keys',
      '--concurrency',
      '64',
      ...verifyOptions,
    ];
    const [runs = []] = await inRounds(rounds, [
      () => runVerify({ target: `s3://${recipe.shape.bucket}`, options, expected }),
    ]);
    const seconds = runs.map((run) => run.seconds);
    return {
      figures: [
        {
          name: 'peak memory',
          unit: 'MB',
          values: runs.map(({ peakBytes }) => peakBytes / 1e6),
          goal: { most: 1000 },
        },
        {
          name: 'log files',
          unit: 'log files/s',
          values: ratios(
            seconds.map(() => expected.logs),
            seconds,
          ),
        },
      ],
      notes: [`${expected.logs} log files of 60 MB of JSON (6 MB stored), 64 in flight`],
    };
  } finally {
    await server.close();
  }
}

async function bombs({ quick, rounds, verifyOptions }: BenchOptions): Promise<RowResult> {
  const recipe = oneChain(1, quick ? 1 : 16, BODY_SETS.bomb);
  const folder = await trailFolder(recipe);
  const { digests } = countsOf(recipe.shape);
  const [runs = []] = await inRounds(rounds, [
    () =>
      runVerify({
        target: folder,
        options: ['--keys', KEY_FILE, ...verifyOptions],
        expected: { digests, logs: 0, verdict: 'INVALID' },
      }),
  ]);
  const figures = [
    {
      name: 'peak memory',
      unit: 'MB',
      values: runs.map(({ peakBytes }) => peakBytes / 1e6),
      goal: { most: 1000 },
    },
    { name: 'time', unit: 's', values: runs.map(({ seconds }) => seconds) },
  ];
  return { figures, notes: ['gzip members of 1 GiB of zeros, refused at the bound of 256 MiB'] };
}

/** The rows of memory. */
export const MEMORY_ROWS: readonly Row[] = [
  {
    name: 'ten-million',
    title: '10 million log files from a synthetic source',
    goal: 'peak resident memory < 400 MB, time linear within 10 % between 1 and 10 million',
    run: manyLogFiles,
  },
  {
    name: 'million-findings',
    title: 'a million log files, every one of them modified',
    goal: 'peak resident memory < 400 MB',
    run: manyFindings,
  },
  {
    name: 'large-files',
    title: 'a 60 MB log file, 64 in flight',
    goal: 'peak < 1 GB',
    run: largeLogFiles,
  },
  {
    name: 'bomb',
    title: 'a decompression bomb',
    goal: 'stops at its bound, peak < 1 GB',
    run: bombs,
  },
];
