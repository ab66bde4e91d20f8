import { join } from 'node:path';
import { POSTGRES, REDIS, type StoreKind } from '../../test/support/job-store.ts';
import { type ProcessSample, runNode } from '../measured-process.ts';
import type { BenchOptions, Row, RowResult } from '../row.ts';
import { ROOT } from '../scratch.ts';
import type { Figure } from '../statistics.ts';

/** What a store of jobs costs for each shard: a coordinator and one worker that reads nothing. */
async function queue({ quick, full }: BenchOptions): Promise<RowResult> {
  const shards = quick ? 240 : full ? 240_000 : 24_000;
  const here = [REDIS, POSTGRES].filter(({ absent }) => absent === undefined);
  const absent = [REDIS, POSTGRES].flatMap((kind) => kind.absent ?? []);
  if (here.length === 0) return { skipped: absent.join('; ') };
  const figures: Figure[] = [];
  for (const kind of here) figures.push(...(await figuresOf(kind, shards, !quick)));
  return {
    figures,
    notes: [
      `${shards} shards of ${Math.ceil(shards / 240)} accounts, and a tenth, in a new store each, which writes each change to disk; a coordinator and one worker that takes one shard at a time and reads nothing; one round${full || quick ? '' : '; 240,000 shards with --full'}`,
      ...absent,
    ],
  };
}

interface Sides {
  readonly shards: number;
  readonly drive: ProcessSample;
  readonly serve: ProcessSample;
}

async function figuresOf(kind: StoreKind, shards: number, isCompared: boolean): Promise<readonly Figure[]> {
  const many = await sides(kind, shards);
  const few = isCompared ? await sides(kind, Math.ceil(shards / 10)) : many;
  const each = ({ drive, serve, shards }: Sides): number =>
    ((drive.cpuSeconds + serve.cpuSeconds) * 1e6) / shards;
  const { name } = kind;
  return [
    { name: `${name}: time`, unit: 'µs/shard', values: [(secondsOf(many.drive) * 1e6) / shards] },
    { name: `${name}: CPU of both`, unit: 'µs/shard', values: [each(many)] },
    {
      name: `${name}: time for each beside a tenth`,
      unit: 'times',
      values: [secondsOf(many.drive) / shards / (secondsOf(few.drive) / few.shards)],
      goal: { most: 1.25 },
    },
    { name: `${name}: coordinator`, unit: 'MB', values: [many.drive.peakBytes / 1e6], goal: { most: 500 } },
    { name: `${name}: worker`, unit: 'MB', values: [many.serve.peakBytes / 1e6], goal: { most: 500 } },
  ];
}

async function sides(kind: StoreKind, shards: number): Promise<Sides> {
  const store = await kind.start();
  try {
    const run = (side: string): Promise<ProcessSample> =>
      runNode(['--import', 'tsx', join(ROOT, 'bench', 'queue-run.ts'), side, store.url, String(shards)]);
    const [drive, serve] = await Promise.all([run('drive'), run('serve')]);
    for (const [side, { exitCode, error }] of Object.entries({ drive, serve }))
      if (exitCode !== 0) throw new Error(`${side} on ${kind.name} ended with ${exitCode}: ${error}`);
    return { shards, drive, serve };
  } finally {
    await store.close();
  }
}

/** Without the start of the process. */
function secondsOf({ out }: ProcessSample): number {
  return (JSON.parse(out) as { readonly seconds: number }).seconds;
}

/** The row of the store of jobs. */
export const QUEUE_ROWS: readonly Row[] = [
  {
    name: 'queue',
    title: 'a store of jobs: shards that cost nothing',
    goal: 'the same time for each shard, in bounded memory',
    run: queue,
  },
];
