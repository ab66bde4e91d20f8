import { HOUR } from '../../src/base/clock.ts';
import { countsOf } from '../data/made-trail.ts';
import { organizationOf } from '../data/recipes.ts';
import { windowEnd } from '../data/trail-shape.ts';
import type { BenchOptions, Row, RowResult } from '../row.ts';
import { startServer } from '../server/start-server.ts';
import { runVerify } from '../verify-run.ts';

/** Listing requests of a window over the newest `days` days of a bucket of about that many log files. */
async function listings(
  logs: number,
  most: number,
  days: readonly number[],
  options: BenchOptions,
): Promise<Seen> {
  const recipe = organizationOf(logs, most);
  const { shape } = recipe;
  const server = await startServer({ recipe, latency: 0, prepare: false });
  const requests: number[] = [];
  const seconds: number[] = [];
  try {
    for (const day of days) {
      await server.counts(0);
      const [first] = shape.chains;
      const from = first === undefined ? 0 : windowEnd(first, first.hours) - day * 24 * HOUR;
      const sample = await runVerify({
        target: `s3://${shape.bucket}`,
        options: [
          '--endpoint-url',
          server.url,
          '--trust-endpoint-keys',
          '--from',
          new Date(from).toISOString(),
          '--no-logs',
          ...options.verifyOptions,
        ],
        expected: { digests: day * 24 * shape.chains.length, logs: 0 },
      });
      requests.push((await server.counts(0)).listings);
      seconds.push(sample.seconds);
    }
    return { requests, seconds, keys: countsOf(shape).digests + countsOf(shape).logs };
  } finally {
    await server.close();
  }
}

interface Seen {
  readonly requests: readonly number[];
  readonly seconds: readonly number[];
  readonly keys: number;
}

async function narrowWindow(options: BenchOptions): Promise<RowResult> {
  const most = options.quick ? 50_000 : 1_000_000;
  const days = [1, 4];
  // The listing of digests looks 40 days back, whatever the window: the smaller bucket must reach as far.
  const smaller = await listings(0.9 * most, most, days, options);
  const whole = await listings(most, most, days, options);
  const [ofSmaller = 0] = smaller.requests;
  const [oneDay = 0, fourDays = 0] = whole.requests;
  return {
    figures: [
      {
        name: 'listing requests of a day beside a smaller bucket',
        unit: 'times',
        values: [oneDay / ofSmaller],
        goal: { most: 1 },
      },
      {
        name: 'listing requests of four days beside one',
        unit: 'times',
        values: [fourDays / oneDay],
        goal: { most: 4 },
      },
      { name: 'listing requests of a day', unit: 'requests', values: [oneDay] },
      { name: 'pages of the whole bucket', unit: 'pages', values: [Math.ceil(whole.keys / 1000)] },
      { name: 'time of a day', unit: 's', values: [whole.seconds[0] ?? Number.NaN] },
    ],
    notes: [
      `${whole.keys} keys, and a bucket of ${smaller.keys}; digests checked, log folders listed; one round`,
    ],
  };
}

/** The row of a narrow window. */
export const WINDOW_ROWS: readonly Row[] = [
  {
    name: 'window',
    title: 'a narrow window in a bucket of a million keys',
    goal: 'listing requests grow with the window, not with the bucket',
    run: narrowWindow,
  },
];
