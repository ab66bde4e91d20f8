import { HOUR } from '../../src/base/clock.ts';
import { BODY_SETS, type BodySet } from '../data/log-bodies.ts';
import { countsOf } from '../data/made-trail.ts';
import { oneChain } from '../data/recipes.ts';
import { windowEnd } from '../data/trail-shape.ts';
import { awsCliVersion, runValidateLogs } from '../peers/aws-cli.ts';
import { type BenchOptions, inRounds, type Row, type RowResult } from '../row.ts';
import { startServer } from '../server/start-server.ts';
import { type Figure, ratios } from '../statistics.ts';
import { runVerify, unpackers } from '../verify-run.ts';

interface S3Work {
  readonly bodies: BodySet;
  readonly digests: number;
  readonly logs: number;
  /** Milliseconds each answer waits. */
  readonly latency: number;
  /** The peer is given only the newest digests, that many, where all of them would take it minutes; rates are compared. */
  readonly peerDigests?: number;
  /** Megabytes at most, where that is a goal. */
  readonly memory?: number;
  readonly goals: { readonly native: number; readonly 'pure Node': number };
}

/** Ours against `aws cloudtrail validate-logs`, both against one local server. */
async function againstAws(work: S3Work, { rounds, verifyOptions }: BenchOptions): Promise<RowResult> {
  const recipe = oneChain(work.digests, work.logs, work.bodies);
  const expected = countsOf(recipe.shape);
  const [chain] = recipe.shape.chains;
  if (chain === undefined) throw new Error('the trail has no chain');
  const server = await startServer({ recipe, latency: work.latency, prepare: true });
  const peer = awsCliVersion();
  const ways = unpackers();
  try {
    const ours = ways.map((way) => async (): Promise<Run> => {
      const options = ['--endpoint-url', server.url, '--trust-endpoint-keys', ...verifyOptions];
      const sample = await runVerify({
        target: `s3://${recipe.shape.bucket}`,
        options,
        environment: way.environment,
        expected,
      });
      return { ...sample, logs: expected.logs };
    });
    const { peerDigests = work.digests } = work;
    const whole = peerDigests >= work.digests;
    // A digest belongs to a window by the end of its own.
    const from = windowEnd(chain, whole ? 0 : work.digests - peerDigests) + (whole ? -HOUR : 1000);
    const share = whole ? expected : { digests: peerDigests, logs: peerDigests * chain.logs };
    const theirs = async (): Promise<Run> => ({
      ...(await runValidateLogs(server.url, from, share)),
      logs: share.logs,
    });
    const samples = await inRounds(rounds, 'absent' in peer ? ours : [...ours, theirs]);
    const peerRates = 'absent' in peer ? undefined : rates(samples.at(-1) ?? []);
    const figures = ways.flatMap((way, at) =>
      figuresOf(
        `trail-verify, ${way.name}`,
        samples[at] ?? [],
        peerRates,
        { least: way.name === 'native' ? work.goals.native : work.goals['pure Node'] },
        work.memory,
      ),
    );
    const notes = [
      `${expected.digests} digest files, ${expected.logs} log files, ${work.latency} ms an answer`,
    ];
    if (peerRates !== undefined)
      figures.push({ name: 'validate-logs', unit: 'log files/s', values: peerRates });
    if ('absent' in peer) notes.push(`no peer: ${peer.absent}`);
    else if (!whole)
      notes.push(`validate-logs was given the newest ${share.digests} digests (${share.logs} log files)`);
    return { figures, notes };
  } finally {
    await server.close();
  }
}

interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly mainSeconds: number;
  readonly peakBytes: number;
  readonly logs: number;
}

function figuresOf(
  name: string,
  runs: readonly Run[],
  peer: readonly number[] | undefined,
  goal: { readonly least: number },
  memory: number | undefined,
): Figure[] {
  const own = rates(runs);
  const figures: Figure[] = [
    { name, unit: 'log files/s', values: own },
    {
      name: `${name}: CPU`,
      unit: 'µs/log file',
      values: runs.map((run) => (run.cpuSeconds * 1e6) / run.logs),
    },
    {
      name: `${name}: CPU of the main thread, start-up and all`,
      unit: 'µs/log file',
      values: runs.map((run) => (run.mainSeconds * 1e6) / run.logs),
    },
    {
      name: `${name}: peak memory`,
      unit: 'MB',
      values: runs.map(({ peakBytes }) => peakBytes / 1e6),
      ...(memory === undefined ? {} : { goal: { most: memory } }),
    },
  ];
  if (peer !== undefined)
    figures.unshift({ name: `${name} / validate-logs`, unit: 'times', values: ratios(own, peer), goal });
  return figures;
}

function rates(runs: readonly Run[]): readonly number[] {
  return runs.map(({ logs, seconds }) => logs / seconds);
}

const SMALL = BODY_SETS['5 KB'];

/** Log files of 5 KB, by latency and number. */
function small(of: {
  readonly name: string;
  readonly title: string;
  readonly logs: number;
  readonly latency: number;
  readonly peerDigests: number;
  readonly goals: S3Work['goals'];
}): Row {
  const { native, 'pure Node': pure } = of.goals;
  return {
    name: of.name,
    title: of.title,
    goal: `>= ${native} times \`aws cloudtrail validate-logs\`, >= ${pure} times in pure Node`,
    run: (options) => {
      const quick = { digests: 10, logs: 500, peerDigests: 1 };
      const { logs, latency, peerDigests, goals } = of;
      const size = options.quick ? quick : { digests: logs / 200, logs, peerDigests };
      return againstAws({ bodies: SMALL, ...size, latency, memory: 300, goals }, options);
    },
  };
}

/** A small run, most of which is its start. */
const FEW: Row = {
  name: 's3-few',
  title: 'S3 at 0 ms, 100 log files of 5 KB',
  goal: 'within 0.8 s',
  run: async ({ rounds, verifyOptions }) => {
    const recipe = oneChain(10, 100, SMALL);
    const expected = countsOf(recipe.shape);
    const server = await startServer({ recipe, latency: 0, prepare: true });
    try {
      const options = ['--endpoint-url', server.url, '--trust-endpoint-keys', ...verifyOptions];
      const target = `s3://${recipe.shape.bucket}`;
      const [runs = []] = await inRounds(rounds, [() => runVerify({ target, options, expected })]);
      const seconds = runs.map((run) => run.seconds);
      return { figures: [{ name: 'whole run', unit: 's', values: seconds, goal: { most: 0.8 } }], notes: [] };
    } finally {
      await server.close();
    }
  },
};

/** The rows over a local S3. */
export const S3_ROWS: readonly Row[] = [
  small({
    name: 's3-30ms',
    title: 'S3 at 30 ms a request, 20,000 log files of 5 KB, 100 digests',
    ...{ logs: 20_000, latency: 30, peerDigests: 2, goals: { native: 180, 'pure Node': 170 } },
  }),
  small({
    name: 's3-30ms-100k',
    title: 'the same, 100,000 log files, 500 digests',
    ...{ logs: 100_000, latency: 30, peerDigests: 2, goals: { native: 200, 'pure Node': 180 } },
  }),
  small({
    name: 's3-0ms',
    title: 'S3 at 0 ms, 20,000 log files of 5 KB, 100 digests',
    ...{ logs: 20_000, latency: 0, peerDigests: 20, goals: { native: 15, 'pure Node': 12 } },
  }),
  small({
    name: 's3-0ms-100k',
    title: 'the same, 100,000 log files, 500 digests',
    ...{ logs: 100_000, latency: 0, peerDigests: 20, goals: { native: 18, 'pure Node': 15 } },
  }),
  FEW,
  {
    name: 's3-22mb',
    title: '200 log files of 22 MB at 0 ms',
    goal: '>= 3.5 times with the native path, >= 2.8 times in pure Node',
    run: (options) => {
      const bodies = options.quick ? BODY_SETS['250 KB'] : BODY_SETS['22 MB'];
      const size = options.quick ? { digests: 2, logs: 8 } : { digests: 10, logs: 200 };
      return againstAws({ bodies, ...size, latency: 0, goals: { native: 3.5, 'pure Node': 2.8 } }, options);
    },
  },
];
