/**
 * A synthetic trail: delivers log files and hourly digests into an object store the way CloudTrail does, hour by
 * hour, the same in every run.
 *
 *     const trail = new TestTrail({ store, bucket: 'example-trail', account: '111122223333', region: 'us-east-1',
 *       trail: 'audit', startLogging: Date.parse('2026-10-05T09:12:37Z') });
 *     trail.hours(3, { logs: 2 }).stop();
 *     deleteObject(store, trail.digestAt(2));
 */
import { HOUR, MINUTE } from '../../src/base/clock.ts';
import type { ChainKind } from '../../src/digest/digest-key.ts';
import { FAMILY_FOLDERS, logContent } from './log-content.ts';
import { SeededNames } from './seeded.ts';
import {
  type DeliveredDigest,
  type DeliveredLog,
  digestFields,
  digestMetadata,
  sha256Hex,
  signDigest,
} from './test-digest.ts';
import { gzip } from './test-gzip.ts';
import { signingKey } from './test-keys.ts';
import type { DigestOptions, LogSpec, TestTrailInit, TrailPlace } from './test-trail-options.ts';

/** How long after its window's end a digest is delivered, as seen of a genuine one. */
const DIGEST_DELAY = 30 * MINUTE + 38_000;
/** How much later than its hour a backfill digest is generated here; the real delay is not documented. */
const BACKFILL_DELAY = 3 * HOUR;

interface Composition {
  readonly kind: ChainKind;
  readonly from: number;
  readonly to: number;
  readonly previous: DeliveredDigest | undefined;
  readonly logs: readonly DeliveredLog[];
  readonly options: DigestOptions;
  readonly generatedAt?: number;
}

/** What CloudTrail delivered, whatever became of it later. */
export interface Deliveries {
  readonly digests: DeliveredDigest[];
  readonly logs: DeliveredLog[];
}

let recorded: Deliveries | undefined;

/** Builds a world, and keeps what all trails delivered into it before somebody damaged it. */
export function recordDeliveries<World>(build: () => World): {
  readonly world: World;
  readonly delivered: Deliveries;
} {
  const delivered: Deliveries = { digests: [], logs: [] };
  recorded = delivered;
  try {
    return { world: build(), delivered };
  } finally {
    recorded = undefined;
  }
}

/** A trail that delivers on command; every method that delivers returns the trail itself, but where it says otherwise. */
export class TestTrail {
  readonly digests: DeliveredDigest[] = [];
  readonly logFiles: DeliveredLog[] = [];
  readonly #init: TestTrailInit;
  readonly #names: SeededNames;
  #place: TrailPlace;
  #newest: DeliveredDigest | undefined;
  #newestBackfill: DeliveredDigest | undefined;
  #end: number;

  /** Starts logging: delivers the starting digest, whose window is the hour before. */
  constructor(init: TestTrailInit) {
    this.#init = init;
    this.#names = new SeededNames(init.seed ?? `${init.account}/${init.region}/${init.trail}`);
    this.#place = init;
    this.#end = init.startLogging;
    this.#ensureBucket(init.bucket);
    this.restart(init.startLogging);
  }

  /** The end of the newest window, milliseconds since the epoch. */
  get end(): number {
    return this.#end;
  }

  /** The n-th standard digest delivered, 0 being the starting one; counts from the end below 0. Throws where there is none. */
  digestAt(index: number): DeliveredDigest {
    const found = this.digests.filter((digest) => digest.kind === 'standard').at(index);
    if (found === undefined) throw new Error(`no digest ${index} was delivered`);
    return found;
  }

  /** The n-th log file of a digest. Throws where there is none. */
  logAt(digestIndex: number, logIndex = 0): DeliveredLog {
    const found = this.digestAt(digestIndex).logs.at(logIndex);
    if (found === undefined) throw new Error(`digest ${digestIndex} lists no log file ${logIndex}`);
    return found;
  }

  /** Delivers the next hour's log files and then its digest. */
  hour(options: DigestOptions = {}): this {
    const { from = this.#end, to = from + HOUR } = options;
    const logs = this.#deliverLogs(options.logs ?? 1, from, to);
    const digest = this.#deliverDigest({ kind: 'standard', from, to, previous: this.#newest, logs, options });
    this.#newest = digest;
    this.#end = to;
    return this;
  }

  /** Delivers `count` hours; `options` may depend on the hour, counted from 0. */
  hours(count: number, options: DigestOptions | ((index: number) => DigestOptions) = {}): this {
    for (let index = 0; index < count; index += 1) {
      this.hour(typeof options === 'function' ? options(index) : options);
    }
    return this;
  }

  /** Stops logging `minutes` into the next hour: a last log file tells of it, and the final digest covers less than an hour. */
  stop(minutes = 25): this {
    const logs = [{ eventName: 'StopLogging', minute: minutes - 2 }];
    return this.hour({ to: this.#end + minutes * MINUTE, logs });
  }

  /** Starts anew at a time (milliseconds since the epoch): a starting digest, which knows no predecessor. */
  restart(at: number): this {
    const composition = { kind: 'standard', from: at - HOUR, to: at, previous: undefined } as const;
    const { firstKey } = this.#init;
    const options = firstKey === undefined ? {} : { key: firstKey };
    this.#newest = this.#deliverDigest({ ...composition, logs: [], options });
    this.#end = at;
    return this;
  }

  /** Delivers everything from now on to another bucket or prefix; the chain goes on. */
  moveTo(place: TrailPlace): this {
    this.#ensureBucket(place.bucket);
    this.#place = place;
    return this;
  }

  /** Delivers a digest in the next hour's place that later ones do not follow, and returns it. */
  fork(options: DigestOptions = {}): DeliveredDigest {
    const { from = this.#end, to = from + HOUR } = options;
    const logs = this.#deliverLogs(options.logs ?? 0, from, to);
    return this.#deliverDigest({ kind: 'standard', from, to, previous: this.#newest, logs, options });
  }

  /** Delivers late log files of an hour and the backfill digest that lists them, and returns it. It repeats that hour's window. */
  backfill(late: DeliveredDigest, options: DigestOptions = {}): DeliveredDigest {
    const { startTime: from, endTime: to } = late;
    const logs = this.#deliverLogs(options.logs ?? 1, from, to);
    const generatedAt = to + BACKFILL_DELAY;
    const previous = this.#newestBackfill;
    const digest = this.#deliverDigest({ kind: 'backfill', from, to, previous, logs, options, generatedAt });
    this.#newestBackfill = digest;
    return digest;
  }

  /** Delivers log files that no digest lists, between two times (milliseconds since the epoch), and returns them. */
  undigested(logs: number | readonly LogSpec[], from: number, to: number): readonly DeliveredLog[] {
    return this.#deliverLogs(logs, from, to);
  }

  #deliverLogs(logs: number | readonly LogSpec[], from: number, to: number): readonly DeliveredLog[] {
    const specs = typeof logs === 'number' ? Array.from({ length: logs }, (): LogSpec => ({})) : logs;
    return specs.map((spec, index) => {
      const share = ((to - from) * (index + 1)) / (specs.length + 1);
      const delay = spec.minute === undefined ? Math.floor(share / 1000) * 1000 : spec.minute * MINUTE;
      return this.#deliverLog(spec, from + delay);
    });
  }

  #deliverLog(spec: LogSpec, deliveredAt: number): DeliveredLog {
    const { account, region, store } = this.#init;
    const { bucket, ...place } = spec.place ?? this.#place;
    const family = spec.family ?? 'management-and-data';
    const count = spec.events ?? 2;
    const eventTimes = Array.from(
      { length: count },
      (_, index) => deliveredAt - (2 + count - index) * MINUTE,
    );
    const subject = { family, account, region, eventTimes };
    const named = spec.eventName === undefined ? subject : { ...subject, eventName: spec.eventName };
    const content = spec.content ?? logContent(named, this.#names);
    const folder = FAMILY_FOLDERS[family];
    // The name holds the five-minute slot, not the instant.
    const slot = stamp(Math.floor(deliveredAt / (5 * MINUTE)) * 5 * MINUTE).replace(/\d\dZ$/, 'Z');
    const name = `${account}_${folder}_${region}_${slot}_${this.#names.uniqueString()}.json.gz`;
    const key = `${this.#accountFolder(place)}${folder}/${region}/${dayOf(deliveredAt)}/${name}`;
    store.put(bucket, key, gzip(content), { lastModified: deliveredAt });
    const log: DeliveredLog = {
      bucket,
      key,
      family,
      content,
      sha256: sha256Hex(content),
      deliveredAt,
      oldestEvent: eventTimes[0] ?? deliveredAt,
      newestEvent: eventTimes.at(-1) ?? deliveredAt,
    };
    this.logFiles.push(log);
    recorded?.logs.push(log);
    return log;
  }

  #deliverDigest({ kind, from, to, previous, logs, options, generatedAt }: Composition): DeliveredDigest {
    const { account, region, trail, homeRegion = region, store } = this.#init;
    const { bucket, ...place } = this.#place;
    const suffix = kind === 'backfill' ? '_backfill' : '';
    const name = `${account}_CloudTrail-Digest_${region}_${trail}_${homeRegion}_${stamp(to)}${suffix}.json.gz`;
    const key = `${this.#accountFolder(place)}CloudTrail-Digest/${region}/${dayOf(to)}/${name}`;
    const signer = options.key ?? signingKey(region, generatedAt ?? to);
    const listed = [...logs, ...(options.alsoListed ?? [])];
    const parts = { account, startTime: from, endTime: to, bucket, key, previous, logs: listed };
    const fields = digestFields({ ...parts, fingerprint: signer.fingerprint });
    const text = JSON.stringify(options.edit?.(fields) ?? fields);
    const content = Buffer.from(options.editText?.(text) ?? text);
    const claims = { bucket, key, endTime: to, previousSignature: previous?.signature };
    const signature = signDigest(content, claims, signer, options.algorithm);
    store.put(bucket, key, gzip(content), {
      metadata: digestMetadata(signature, generatedAt),
      lastModified: (generatedAt ?? to) + DIGEST_DELAY,
    });
    const digest: DeliveredDigest = {
      bucket,
      key,
      kind,
      startTime: from,
      endTime: to,
      content,
      sha256: sha256Hex(content),
      signature,
      signer,
      logs: listed,
    };
    this.digests.push(digest);
    recorded?.digests.push(digest);
    return digest;
  }

  #accountFolder(place: Omit<TrailPlace, 'bucket'>): string {
    const { account } = this.#init;
    const { prefix = '' } = place;
    const { organization } = 'organization' in place ? place : this.#init;
    return `${prefix}AWSLogs/${organization === undefined ? '' : `${organization}/`}${account}/`;
  }

  #ensureBucket(bucket: string): void {
    const { store } = this.#init;
    if (!store.hasBucket(bucket)) store.createBucket(bucket);
  }
}

/** `20261005T091237Z` */
function stamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** `2026/10/05` */
function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll('-', '/');
}
