/**
 * Nights of one trail or two, between which anybody may plant, overwrite, delete or rename any object of the trail or beside
 * it, as plain data: what a property draws, and what a failure prints. Times of writing are S3's own.
 */
import fc from 'fast-check';
import { DAY, HOUR, MINUTE } from '../../src/base/clock.ts';
import { dayFolder, formatStamp } from '../../src/digest/digest-key.ts';
import type { Finding, Verdict } from '../../src/findings/finding.ts';
import type { Report } from '../../src/report/report.ts';
import type { ReadCheckpoint } from '../../src/state/checkpoint.ts';
import { OVERLAP } from '../../src/state/plan-review.ts';
import { type Night, night } from '../state/night.ts';
import { ObjectStore } from '../support/object-store.ts';
import { gzip } from '../support/test-gzip.ts';
import { TestTrail } from '../support/test-trail.ts';
import { BUCKET, START } from './small-trail.ts';

const ACCOUNT = '111122223333';
const FOLDERS = [`AWSLogs/${ACCOUNT}/`, `moved/AWSLogs/${ACCOUNT}/`, `AWSLogs/o-abcdefghij/${ACCOUNT}/`];
const FAMILIES = ['CloudTrail', 'CloudTrail', 'CloudTrail-Insight', 'CloudTrail-Digest', 'CloudTrail-Evil'];
const REGIONS = ['us-east-1', 'us-east-1', 'us-east-1', 'eu-west-1'];
const TRAILS = ['audit', 'audit', 'second', 'ghost'];

/** What is done between two nights. Numbers choose: objects by their place in the listing, times between the earliest and the present. */
export type Act =
  | {
      readonly act: 'delete' | 'touch' | 'junk';
      readonly object: number;
      readonly of: 'digests' | 'logs' | 'any' | 'first';
    }
  | { readonly act: 'over'; readonly object: number; readonly with: number }
  | {
      readonly act: 'rename' | 'copy';
      readonly object: number;
      readonly by: number;
      readonly keepsDay: boolean;
    }
  | {
      readonly act: 'log';
      readonly at: number;
      readonly days: number;
      readonly folder: number;
      readonly family: number;
      readonly region: number;
    }
  | { readonly act: 'top log'; readonly minutes: number; readonly folder: number }
  | {
      readonly act: 'digest';
      readonly at: number;
      readonly trail: number;
      readonly backfill: boolean;
      readonly copyOf: number | null;
      readonly folder: number;
    }
  | { readonly act: 'strange'; readonly path: number; readonly at: number }
  | { readonly act: 'backfill'; readonly hour: number; readonly loses: readonly ('digest' | 'log')[] }
  | { readonly act: 'move' | 'second trail' };

/** A script: hours before the first night, then what each of the others brings. */
export interface Script {
  readonly hours: number;
  readonly second: boolean;
  readonly relocations: boolean;
  /** The nightly window in hours; null for everything. */
  readonly window: number | null;
  readonly nights: readonly {
    readonly hours: number;
    readonly late: number;
    readonly acts: readonly { readonly when: number; readonly act: Act }[];
  }[];
}

const index = fc.nat({ max: 9_999 });
const share = fc.nat({ max: 1000 }).map((part) => part / 1000);
const late: fc.Arbitrary<Act> = fc.record({
  act: fc.constant('backfill' as const),
  hour: index,
  loses: fc.constant([]),
});
const lost: fc.Arbitrary<Act> = fc.record({
  act: fc.constant('backfill' as const),
  hour: index,
  loses: fc.subarray(['digest' as const, 'log' as const]),
});
const growth: fc.Arbitrary<Act> = fc.record({
  act: fc.constantFrom('move' as const, 'second trail' as const),
});
const acts: readonly fc.Arbitrary<Act>[] = [
  fc.record({
    act: fc.constantFrom('delete' as const, 'junk' as const, 'junk' as const, 'touch' as const),
    object: index,
    of: fc.constantFrom('digests' as const, 'logs' as const, 'first' as const, 'first' as const),
  }),
  fc.record({ act: fc.constant('over' as const), object: index, with: index }),
  fc.record({
    act: fc.constantFrom('rename' as const, 'copy' as const),
    object: index,
    by: fc.integer({ min: -3 * 24 * 60, max: 24 * 60 }),
    keepsDay: fc.boolean(),
  }),
  fc.record({
    act: fc.constant('log' as const),
    at: share,
    days: fc.constantFrom(0, 0, 0, 0, -1, 1, -2, -400, -6000),
    folder: fc.constantFrom(0, 0, 1, 2),
    family: index,
    region: index,
  }),
  fc.record({
    act: fc.constant('top log' as const),
    minutes: fc.integer({ min: -30, max: 30 }),
    folder: fc.constantFrom(0, 0, 1),
  }),
  fc.record({
    act: fc.constant('digest' as const),
    at: share,
    trail: index,
    backfill: fc.boolean(),
    copyOf: fc.option(index, { nil: null }),
    folder: fc.constantFrom(0, 0, 1),
  }),
  fc.record({ act: fc.constant('strange' as const), path: index, at: share }),
];

/** Nights on which CloudTrail delivers, with an act of `attack` or two between some of them: more would hide each other. */
function scripts(
  attack: fc.Arbitrary<Act> | undefined,
  window: fc.Arbitrary<number | null>,
  growths: fc.Arbitrary<Act>,
): fc.Arbitrary<Script> {
  const night = fc.record({
    hours: fc.constantFrom(3, 6, 12, 24),
    late: fc.integer({ min: 35, max: 170 }),
    acts: fc.array(fc.record({ when: share, act: growths }), { maxLength: 1 }),
  });
  const step = fc.record({ when: share, act: attack ?? growths, night: index });
  return fc
    .record({
      hours: fc.integer({ min: 20, max: 40 }),
      second: fc.boolean(),
      relocations: fc.boolean(),
      window,
      nights: fc.array(night, { minLength: 2, maxLength: 3 }),
      steps: fc.array(step, attack === undefined ? { maxLength: 0 } : { minLength: 1, maxLength: 2 }),
    })
    .map(({ steps, nights, ...script }) => ({
      ...script,
      nights: nights.map((one, at) => {
        const own = steps.filter((attacked) => attacked.night % nights.length === at);
        return { ...one, acts: [...one.acts, ...own.map(({ when, act }) => ({ when, act }))] };
      }),
    }));
}

/** Scripts of whoever can write the bucket. */
export const tampered: fc.Arbitrary<Script> = scripts(
  fc.oneof(...acts, lost),
  fc.constantFrom(null, null, null, 36),
  fc.oneof(growth, late),
);
/** Scripts of CloudTrail alone. */
export const untouched: fc.Arbitrary<Script> = fc.oneof(
  scripts(undefined, fc.constant(null), fc.oneof(growth, late)),
  scripts(undefined, fc.constant(36), growth),
);

/** One night with the state that the nights before it left, and without. */
export interface Pair {
  readonly kept: Night;
  readonly alone: Night;
  /** How heavy the night with the state must be. */
  readonly least: number;
  /** What was done before it, for whoever reads a failure. */
  readonly done: readonly string[];
}

/** How heavy a verdict is. */
export function weightOf(verdict: Verdict): number {
  return ['VALID', 'INCONCLUSIVE', 'INVALID'].indexOf(verdict);
}

/** Plays a script. */
export async function* play(script: Script): AsyncGenerator<Pair> {
  const world = new World(script);
  let state: ReadCheckpoint | undefined;
  let last = START;
  for (const { hours, late, acts: steps } of [
    { hours: script.hours, late: 90, acts: [] },
    ...script.nights,
  ]) {
    world.deliver(hours);
    const now = world.end + late * MINUTE;
    const done = steps
      .toSorted((a, b) => a.when - b.when)
      .map(({ when, act }) => world.act(act, last + Math.round(when * (now - last)), now));
    const options = script.window === null ? {} : { from: now - script.window * HOUR };
    const kept = await night(world.store, now, state, options);
    const alone = await night(world.store, now, undefined, options);
    yield { kept, alone, least: world.least(alone.report, script.window !== null), done };
    ({ state } = kept);
    last = now;
  }
}

class World {
  readonly store = new ObjectStore(() => START);
  readonly #trails: TestTrail[];
  #hours = 0;
  /** From when on the night to come reads everything. */
  #top = 0;

  constructor({ second, relocations }: Script) {
    this.#trails = [this.#trail('audit', START)];
    if (second) this.#trails.push(this.#trail('second', START + 17 * MINUTE));
    if (relocations) {
      this.deliver(8);
      this.#first.moveTo({ bucket: BUCKET, prefix: 'moved/' });
    }
  }

  get end(): number {
    return Math.max(...this.#trails.map(({ end }) => end));
  }

  get #first(): TestTrail {
    const [first] = this.#trails;
    if (first === undefined) throw new Error('no trail');
    return first;
  }

  deliver(hours: number): void {
    this.#top = this.end - OVERLAP;
    for (const trail of this.#trails)
      trail.hours(hours, () => {
        this.#hours += 1;
        return { logs: this.#hours % 3 === 0 ? 0 : [{ minute: 31 + ((this.#hours * 7) % 28) }] };
      });
  }

  /**
   * How heavy a report is. A narrow window alone does not know of a log file that was delivered late, or written again, that a
   * digest below the window names: a state has it from a night that read that digest.
   */
  least({ findings, verdict }: Report, isNarrow: boolean): number {
    const genuine = new Set(this.#trails.flatMap(({ logFiles }) => logFiles.map(({ key }) => key)));
    const isKnown = ({ code, object }: Finding): boolean =>
      code === 'LOG_UNLISTED' && genuine.has(object.key);
    const heavy = findings.filter(({ weight }) => weight !== 'note');
    return isNarrow && heavy.length > 0 && heavy.every(isKnown) ? 0 : weightOf(verdict);
  }

  /** Does one thing at `at`, and says what. */
  act(act: Act, at: number, now: number): string {
    const keys = this.store.keys(BUCKET);
    const pick = (of: readonly string[], number: number): string => of[number % of.length] ?? '';
    const put = (
      key: string,
      bytes: Uint8Array = gzip('{"Records":[]}'),
      metadata: Readonly<Record<string, string>> = {},
    ): string => {
      this.store.put(BUCKET, key, bytes, { metadata, lastModified: at });
      return `${act.act} ${key} at ${new Date(at).toISOString()}`;
    };
    const held = (key: string): { bytes: Uint8Array; metadata: Readonly<Record<string, string>> } =>
      this.store.get(BUCKET, key) ?? { bytes: gzip('{}'), metadata: {} };
    const timeOf = (part: number): number => {
      const from = START - DAY;
      return from + Math.round(part * (now + HOUR - from));
    };
    switch (act.act) {
      case 'delete':
      case 'touch':
      case 'junk': {
        const digests = keys.filter((key) => key.includes('/CloudTrail-Digest/'));
        const own = {
          digests,
          logs: keys.filter((key) => !key.includes('/CloudTrail-Digest/')),
          any: keys,
          first: digests.filter((key) => this.#trails.some((trail) => trail.digestAt(0).key === key)),
        }[act.of];
        const key = pick(own.length === 0 ? keys : own, act.object);
        const { bytes, metadata } = held(key);
        if (act.act === 'delete') {
          this.store.delete(BUCKET, key);
          return `delete ${key}`;
        }
        return put(key, act.act === 'touch' ? bytes : gzip('{"forged":true}'), metadata);
      }
      case 'over': {
        const { bytes, metadata } = held(pick(keys, act.with));
        return put(pick(keys, act.object), bytes, metadata);
      }
      case 'rename':
      case 'copy': {
        const from = pick(keys, act.object);
        const { bytes, metadata } = held(from);
        const to = renamed(from, act.by * MINUTE, act.keepsDay);
        if (act.act === 'rename') this.store.delete(BUCKET, from);
        return `${from} -> ${put(to, bytes, metadata)}`;
      }
      case 'log': {
        const time = timeOf(act.at);
        const family = pick(FAMILIES, act.family);
        const name = logName(
          family === 'CloudTrail-Digest' ? 'CloudTrail' : family,
          pick(REGIONS, act.region),
          time,
        );
        return put(
          `${FOLDERS[act.folder]}${family}/${pick(REGIONS, act.region)}/${dayFolder(time + act.days * DAY)}${name}`,
        );
      }
      case 'top log': {
        const time = this.#top + act.minutes * MINUTE;
        return put(
          `${FOLDERS[act.folder]}CloudTrail/us-east-1/${dayFolder(time)}${logName('CloudTrail', 'us-east-1', time)}`,
        );
      }
      case 'digest': {
        const time = timeOf(act.at);
        const name = `${ACCOUNT}_CloudTrail-Digest_us-east-1_${pick(TRAILS, act.trail)}_us-east-1_${formatStamp(time)}${act.backfill ? '_backfill' : ''}.json.gz`;
        const key = `${FOLDERS[act.folder]}CloudTrail-Digest/us-east-1/${dayFolder(time)}${name}`;
        const { bytes, metadata } = held(act.copyOf === null ? '' : pick(keys, act.copyOf));
        return put(key, bytes, metadata);
      }
      case 'strange':
        return put(pick(strangePaths(timeOf(act.at)), act.path));
      case 'backfill': {
        const hours = this.#first.digests.filter(({ kind }) => kind === 'standard');
        const late = hours[1 + (act.hour % (hours.length - 1))];
        if (late === undefined) return 'no hour';
        const backfill = this.#first.backfill(late);
        for (const one of [backfill, ...backfill.logs]) {
          const { bytes, metadata } = held(one.key);
          this.store.put(BUCKET, one.key, bytes, { metadata, lastModified: at });
        }
        if (act.loses.includes('digest')) this.store.delete(BUCKET, backfill.key);
        if (act.loses.includes('log')) for (const { key } of backfill.logs) this.store.delete(BUCKET, key);
        return `backfill ${backfill.key} loses ${act.loses.join()}`;
      }
      case 'move':
        this.#first.moveTo({ bucket: BUCKET, prefix: 'moved/' });
        return 'move';
      case 'second trail':
        if (this.#trails.length === 1) this.#trails.push(this.#trail('second', this.end));
        return 'second trail';
    }
  }

  #trail(trail: string, startLogging: number): TestTrail {
    const place = { store: this.store, bucket: BUCKET, account: ACCOUNT, region: 'us-east-1' };
    return new TestTrail({ ...place, trail, startLogging });
  }
}

function logName(family: string, region: string, time: number): string {
  return `${ACCOUNT}_${family}_${region}_${formatStamp(time).slice(0, 13)}Z_ABCDEFGHIJKLMNOP.json.gz`;
}

/** A key with the time in its name moved, and its day folder too unless it `keepsDay`. */
function renamed(key: string, by: number, keepsDay: boolean): string {
  const found = /(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})?Z/.exec(key);
  if (found === null) return `${key}.bak`;
  const [text, year, month, date, hour, minute, second = '00'] = found;
  const time = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`) + by;
  const stamp = formatStamp(time);
  const named = key.replace(text, text.length === stamp.length ? stamp : `${stamp.slice(0, 13)}Z`);
  return keepsDay ? named : named.replace(/\d{4}\/\d{2}\/\d{2}\//, dayFolder(time));
}

function strangePaths(time: number): readonly string[] {
  const region = `${FOLDERS[0]}CloudTrail/us-east-1/`;
  const digests = `${FOLDERS[0]}CloudTrail-Digest/us-east-1/`;
  return [
    `${region}${dayFolder(time)}evil.json.gz`,
    `${region}${dayFolder(time)}sub/evil.json.gz`,
    `${region}2025/01/01/evil.json.gz`,
    `${region}2012/01/01/evil.json.gz`,
    `${region}2012/01/01/${logName('CloudTrail', 'us-east-1', Date.parse('2012-01-01T12:00:00Z'))}`,
    `${region}2027/01/01/evil.json.gz`,
    `${region}2026/10/evil`,
    `${region}2026/10/5/evil.json.gz`,
    `${region}evil`,
    `${digests}${dayFolder(time)}evil.json.gz`,
    `${digests}2025/01/01/evil.json.gz`,
    `${digests}${dayFolder(time)}${logName('CloudTrail', 'us-east-1', time)}`,
    `${FOLDERS[0]}evil.json.gz`,
    `${FOLDERS[0]}CloudTrail/evil.json.gz`,
  ];
}
