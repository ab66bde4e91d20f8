import {
  countEvents,
  countsOf,
  PLANTED,
  plantedFolder,
  type TrailRecipe,
  trailFolder,
} from '../data/made-trail.ts';
import { busyOrganization } from '../data/recipes.ts';
import { type ExportRun, runExport, runExportOnly, runQuery, sumOf, timeStatement } from '../events-run.ts';
import { buildBefore } from '../peers/before.ts';
import { EVENT_READERS } from '../peers/event-readers.ts';
import { type BenchOptions, inRounds, mustBe, type Row, type RowResult } from '../row.ts';
import { freeSpace, outputFolder } from '../scratch.ts';
import { type Figure, ratios } from '../statistics.ts';
import { KEY_FILE, runVerify } from '../verify-run.ts';

/** Events of a log file in the middle. */
const EVENTS_PER_LOG = 56;
/** Disk for each event, in bytes: 240 of the copy with its sidecars, 180 of the export, and some to spare. */
const DISK_PER_EVENT = 600;

interface Copy {
  readonly run: ExportRun;
  readonly events: number;
  readonly note: string;
}

/** A copy with at least that many events; or why there is no room for it. */
async function copyOf(
  events: number,
  make: (recipe: TrailRecipe) => Promise<string>,
  { verifyOptions }: BenchOptions,
): Promise<Copy | { readonly skipped: string }> {
  const need = events * DISK_PER_EVENT;
  if (freeSpace() < need) return { skipped: `it takes ${(need / 1e9).toFixed(1)} GB of disk` };
  const recipe = busyOrganization(events / EVENTS_PER_LOG);
  const began = performance.now();
  const target = await make(recipe);
  const seconds = (performance.now() - began) / 1000;
  const expected = { ...countsOf(recipe.shape), events: await countEvents(recipe) };
  const made = seconds < 1 ? 'the copy was there' : `the copy was made in ${Math.round(seconds)} s`;
  return {
    run: { target, options: ['--keys', KEY_FILE, ...verifyOptions], expected },
    events: expected.events,
    note: `${expected.events} events of ${expected.logs} log files, 1.26 KB each; ${made}`,
  };
}

async function exported(options: BenchOptions): Promise<RowResult> {
  const copy = await copyOf(options.quick ? 30_000 : 280_000, trailFolder, options);
  if ('skipped' in copy) return copy;
  const { run, events, note } = copy;
  const sizes: string[] = [];
  const [alone = [], both = []] = await inRounds(options.rounds, [
    () => runVerify(run),
    async () => {
      const sample = await runExportOnly(run);
      sizes[0] = `${(sample.parquetBytes / 1e6).toFixed(1)} MB of Parquet in ${sample.parquetFiles} files`;
      return sample;
    },
  ]);
  const seconds = both.map((sample) => sample.seconds);
  return {
    figures: [
      {
        name: 'verify --events',
        unit: 'events/s',
        values: seconds.map((time) => events / time),
        goal: { least: 20_000 },
      },
      {
        name: 'verify --events / verify',
        unit: 'times',
        values: ratios(
          seconds,
          alone.map((sample) => sample.seconds),
        ),
      },
      {
        name: 'verify --events: CPU',
        unit: 'µs/event',
        values: perEvent(
          both.map((s) => s.cpuSeconds),
          events,
        ),
      },
      {
        name: 'verify --events: main thread',
        unit: 'µs/event',
        values: perEvent(
          both.map((s) => s.mainSeconds),
          events,
        ),
      },
      {
        name: 'verify --events: peak memory',
        unit: 'MB',
        values: both.map(({ peakBytes }) => peakBytes / 1e6),
      },
      { name: 'verify', unit: 's', values: alone.map((sample) => sample.seconds) },
      { name: 'verify: peak memory', unit: 'MB', values: alone.map(({ peakBytes }) => peakBytes / 1e6) },
    ],
    notes: [note, ...sizes, 'whole processes, files in the page cache'],
  };
}

function perEvent(seconds: readonly number[], events: number): readonly number[] {
  return seconds.map((time) => (time * 1e6) / events);
}

/** Questions asked of the export. */
const QUESTIONS = 3;

async function manyEvents(options: BenchOptions): Promise<RowResult> {
  const { quick, full } = options;
  const copy = await copyOf(quick ? 300_000 : full ? 10_000_000 : 1_000_000, trailFolder, options);
  if ('skipped' in copy) return copy;
  const { run, events, note } = copy;
  const folder = outputFolder();
  try {
    // One round: memory that grows shows in one.
    const sample = await runExport(run, folder.path);
    const [whole = [], statement = []] = await inRounds<number>(QUESTIONS, [
      async () => {
        const asked = await runQuery(['--events', folder.path]);
        mustBe('the count of calls', asked.calls, events);
        return asked.seconds;
      },
      () => timeStatement(folder.path, events),
    ]);
    const size = `${(sample.parquetBytes / 1e6).toFixed(0)} MB of Parquet in ${sample.parquetFiles} files`;
    return {
      figures: [
        {
          name: 'peak memory of verify --events',
          unit: 'MB',
          values: [sample.peakBytes / 1e6],
          goal: { most: 1500 },
        },
        { name: 'verify --events', unit: 'events/s', values: [events / sample.seconds] },
        { name: 'verify --events: whole', unit: 's', values: [sample.seconds] },
        { name: 'GROUP BY, the statement', unit: 's', values: statement, goal: { most: 2 } },
        { name: 'GROUP BY, trail-verify query as a whole', unit: 's', values: whole },
      ],
      notes: [
        note,
        size,
        `one round, ${QUESTIONS} questions${full || quick ? '' : '; ten million with --full'}`,
      ],
    };
  } finally {
    folder.remove();
  }
}

async function withoutExport(options: BenchOptions): Promise<RowResult> {
  const before = await buildBefore();
  if ('absent' in before) return { skipped: before.absent };
  const copy = await copyOf(options.quick ? 300_000 : 1_000_000, trailFolder, options);
  if ('skipped' in copy) return copy;
  const { run, note } = copy;
  const now = () => runVerify(run);
  const then = () => runVerify({ ...run, command: before.command });
  // What slows the machine down evenly while a round lasts slows both alike.
  const rounds = options.quick ? options.rounds : 2 * options.rounds;
  const samples = await inRounds(rounds, [now, then, then, now]);
  type Measure = 'seconds' | 'cpuSeconds' | 'mainSeconds';
  const valuesOf = (contender: number, name: Measure): readonly number[] =>
    (samples[contender] ?? []).map((sample) => sample[name]);
  const sum = (one: number, other: number, name: Measure): readonly number[] =>
    valuesOf(one, name).map((value, at) => value + (valuesOf(other, name)[at] ?? Number.NaN));
  const asBefore = (name: Measure): readonly number[] => ratios(sum(0, 3, name), sum(1, 2, name));
  return {
    figures: [
      {
        name: 'time, compared with the commit before',
        unit: 'times',
        values: asBefore('seconds'),
        goal: { most: 1.01 },
      },
      { name: 'processor time, compared with it', unit: 'times', values: asBefore('cpuSeconds') },
      {
        name: "the main thread's processor time, compared with it",
        unit: 'times',
        values: asBefore('mainSeconds'),
      },
      { name: 'time', unit: 's', values: [...valuesOf(0, 'seconds'), ...valuesOf(3, 'seconds')] },
    ],
    notes: [note, 'in each round: this one, the one before twice, this one'],
  };
}

async function otherReaders(options: BenchOptions): Promise<RowResult> {
  const copy = await copyOf(options.quick ? 30_000 : 280_000, plantedFolder, options);
  if ('skipped' in copy) return copy;
  const { run, events, note } = copy;
  const folder = outputFolder();
  // The planted file is a finding.
  const verdict = 'INCONCLUSIVE';
  try {
    await runExport({ ...run, expected: { ...run.expected, verdict } }, folder.path);
    const readers = EVENT_READERS.filter(({ absent }) => absent === undefined);
    const contenders = [
      { name: 'query SQL COPY', ask: () => runQuery([run.target, ...(run.options ?? [])], verdict) },
      { name: 'query SQL --events DIR', ask: () => runQuery(['--events', folder.path], verdict) },
      ...readers.map(({ name, run: read }) => ({
        name,
        ask: async () => {
          const sample = await read(run.target);
          if (sample.exitCode !== 0)
            throw new Error(`${name} ended with ${sample.exitCode}: ${sample.error}`);
          return { ...sample, calls: sumOf(sample.out.trim().split('\n'), '\t') };
        },
      })),
    ];
    const samples = await inRounds(
      options.rounds,
      contenders.map(({ ask }) => ask),
    );
    const planted = samples.map((runs) => runs.map(({ calls }) => calls - events));
    for (const at of [0, 1]) mustBe('planted events in our answer', Math.max(...(planted[at] ?? [])), 0);
    const secondsOf = (at: number): readonly number[] => (samples[at] ?? []).map(({ seconds }) => seconds);
    const figures = contenders.flatMap(({ name }, at): Figure[] => [
      { name, unit: 's', values: secondsOf(at) },
      ...(at === 0
        ? []
        : [
            {
              name: `${name}, compared with the first`,
              unit: 'times',
              values: ratios(secondsOf(at), secondsOf(0)),
            },
          ]),
      {
        name: `${name}: events of the planted file`,
        unit: `of ${PLANTED.count}`,
        values: planted[at] ?? [],
        ...(at < 2 ? { goal: { most: 0 } } : {}),
      },
    ]);
    const absent = EVENT_READERS.flatMap((reader) =>
      reader.absent === undefined ? [] : [`no ${reader.name}: ${reader.absent}`],
    );
    return {
      figures,
      notes: [note, `and a file of ${PLANTED.count} events that no digest names`, ...absent],
    };
  } finally {
    folder.remove();
  }
}

/** The rows of verified events. */
export const EVENT_ROWS: readonly Row[] = [
  {
    name: 'events',
    title: 'events exported while verified (`--events`), folder',
    goal: '>= 20,000 events a second on 2 cores',
    run: exported,
  },
  {
    name: 'events-many',
    title: '10 million events exported, then counted by name (`query`)',
    goal: 'peak resident memory <= 1.5 GB, the statement <= 2 s',
    run: manyEvents,
  },
  {
    name: 'events-off',
    title: 'verification without an export, compared with the commit before there was one',
    goal: 'at most 1 % slower',
    run: withoutExport,
  },
  {
    name: 'events-readers',
    title: 'calls counted by name from a copy with a planted file, and by others',
    goal: 'no event of the planted file',
    run: otherReaders,
  },
];
