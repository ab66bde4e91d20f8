import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/crypto/hash.ts';
import { BODY_SETS } from '../data/log-bodies.ts';
import { countsOf, madeTrail, trailFolder } from '../data/made-trail.ts';
import { organization, shortChains } from '../data/recipes.ts';
import { NOW } from '../data/trail-shape.ts';
import { type ProcessSample, runNode, runProcess } from '../measured-process.ts';
import { type BenchOptions, inRounds, mustBe, type Row, type RowResult } from '../row.ts';
import { freeSpace, outputFolder, ROOT } from '../scratch.ts';
import { ratios } from '../statistics.ts';
import { awsEnvironment, COMMAND, KEY_FILE } from '../verify-run.ts';

/** A digest of a short chain each, and about 6 KB on disk with its result. */
const DISK_PER_SHARD = 8192;
const STEPS = ['plan', 'read', 'merge'] as const;

async function manyShards({ quick, full }: BenchOptions): Promise<RowResult> {
  const chains = quick ? 20 : full ? 20_000 : 2000;
  if (freeSpace() < chains * 12 * DISK_PER_SHARD)
    return { skipped: `it takes ${(chains * 12 * DISK_PER_SHARD) / 1e9} GB of disk` };
  const few = await steps(Math.ceil(chains / 20));
  const many = await steps(chains / 2);
  const each = (run: Steps, step: number): number =>
    ((run.samples[step]?.cpuSeconds ?? Number.NaN) * 1e6) / run.shards;
  const figures = STEPS.flatMap((step, at) => [
    {
      name: `${step}: peak memory`,
      unit: 'MB',
      values: [(many.samples[at]?.peakBytes ?? Number.NaN) / 1e6],
      ...(step === 'read' ? {} : { goal: { most: 1000 } }),
    },
    { name: `${step}: of a tenth`, unit: 'MB', values: [(few.samples[at]?.peakBytes ?? Number.NaN) / 1e6] },
    { name: `${step}: CPU`, unit: 'µs/shard', values: [each(many, at)] },
    {
      name: `${step}: CPU for each beside a tenth`,
      unit: 'times',
      values: [each(many, at) / each(few, at)],
      goal: { most: 1.25 },
    },
  ]);
  return {
    figures,
    notes: [
      `${many.shards} and ${few.shards} shards of ${chains} and ${Math.ceil(chains / 10)} chains, one digest each, from a computed source; one round${full || quick ? '' : '; 240,000 shards with --full'}`,
    ],
  };
}

interface Steps {
  readonly shards: number;
  readonly samples: readonly ProcessSample[];
}

async function steps(accounts: number): Promise<Steps> {
  const recipe = shortChains(accounts);
  // What is kept on disk is made here, so that the measured processes do not.
  await madeTrail(recipe);
  const { digests } = countsOf(recipe.shape);
  const folder = outputFolder();
  const script = join(ROOT, 'bench', 'shards-run.ts');
  const samples: ProcessSample[] = [];
  try {
    for (const step of STEPS) {
      const args = ['--import', 'tsx', script, String(accounts), folder.path, String(digests), step];
      const sample = await runNode(args);
      if (sample.exitCode !== 0) throw new Error(`${step} ended with ${sample.exitCode}: ${sample.error}`);
      samples.push(sample);
    }
  } finally {
    folder.remove();
  }
  return { shards: digests, samples };
}

const SHARDS = 8;

/** One machine of one processor, and two of them: each reads its half of the shards of a folder, one shard after the other. */
async function twoWorkers({ quick, rounds }: BenchOptions): Promise<RowResult> {
  const recipe = quick
    ? organization(0.01, 1, 2, BODY_SETS['250 KB'])
    : organization(0.1, 1, 26, BODY_SETS['250 KB']);
  const target = await trailFolder(recipe);
  const all = Array.from({ length: SHARDS }, (_, index) => index);
  const parts = [all.filter((index) => index % 2 === 0), all.filter((index) => index % 2 === 1)];
  const run = async (shares: readonly (readonly number[])[]): Promise<number> => {
    const folder = outputFolder();
    try {
      await planned(target, folder.path);
      const began = performance.now();
      await Promise.all(shares.map((share, processor) => readShards(folder.path, share, processor)));
      return (performance.now() - began) / 1000;
    } finally {
      folder.remove();
    }
  };
  const [one = [], two = []] = await inRounds(rounds, [() => run([all]), () => run(parts)]);
  return {
    figures: [
      { name: 'two workers / one', unit: 'times', values: ratios(one, two), goal: { least: 1.8 } },
      { name: 'one worker', unit: 's', values: one },
      { name: 'two workers', unit: 's', values: two },
    ],
    notes: [
      `${countsOf(recipe.shape).logs} log files in ${SHARDS} shards, in a folder in the page cache; a process for each shard, each worker on one processor of its own`,
    ],
  };
}

async function planned(target: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const args = [target, '--shards', String(SHARDS), '--output', join(folder, 'plan'), ...READING];
  const { exitCode, error } = await runProcess(
    process.execPath,
    [COMMAND, 'plan', ...args],
    environment(folder),
  );
  if (exitCode !== 0) throw new Error(`plan ended with ${exitCode}: ${error}`);
  const { shards } = JSON.parse(readFileSync(join(folder, 'plan', 'plan.json'), 'utf8')) as {
    readonly shards: { readonly count: number };
  };
  mustBe('the shards of the plan', shards.count, SHARDS);
}

async function readShards(folder: string, share: readonly number[], processor: number): Promise<void> {
  for (const index of share) {
    const hash = sha256(readFileSync(join(folder, 'plan', 'plan.json')));
    const words = [
      join(folder, 'plan'),
      '--plan-sha256',
      hash,
      '--index',
      String(index),
      '--workers',
      '1',
      ...READING,
    ];
    const pinned = ['-c', String(processor), process.execPath, COMMAND, 'run-shard', ...words];
    const { exitCode, error } = await runProcess('taskset', pinned, environment(folder));
    if (exitCode !== 0) throw new Error(`run-shard ended with ${exitCode}: ${error}`);
  }
}

const READING: readonly string[] = ['--keys', KEY_FILE, '--now', new Date(NOW).toISOString()];

/** With a signing identity of its own, which goes with the plan. */
function environment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, ...awsEnvironment(), XDG_CONFIG_HOME: folder };
}

/** The rows of a run that is divided over machines. */
export const SHARD_ROWS: readonly Row[] = [
  {
    name: 'shards',
    title: 'a plan of very many shards: plan, read, merge',
    goal: 'plan and merge < 1 GB for 240,000 shards, the same work for each shard',
    run: manyShards,
  },
  {
    name: 'workers',
    title: 'two workers beside one',
    goal: '1.8 times',
    run: twoWorkers,
  },
];
