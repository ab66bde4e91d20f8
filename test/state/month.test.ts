/**
 * A month of nights over a growing bucket of two Regions. Every night somebody who can write to the bucket tries one
 * thing, in a copy of it: the night must find it. The bucket itself stays quiet, and no night may raise an alarm.
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/base/clock.ts';
import { fixedKeyRing } from '../../src/crypto/key-rings.ts';
import { objectUri } from '../../src/source/source.ts';
import type { ReadCheckpoint } from '../../src/state/checkpoint.ts';
import { deleteFolder, deleteObject } from '../support/damage.ts';
import { ObjectStore } from '../support/object-store.ts';
import type { DeliveredDigest, DeliveredLog } from '../support/test-digest.ts';
import { gzip, inflate } from '../support/test-gzip.ts';
import { publicKeyOf, testKey } from '../support/test-keys.ts';
import { TestTrail } from '../support/test-trail.ts';
import { codesOf, type Night, night } from './night.ts';

const START = Date.parse('2026-10-05T09:12:37Z');
const BUCKET = 'example-trail-logs';
const KEY = testKey('us-east-1-2026-10-02');
/** One key that never expires, so that a trail may be as long as a test wants it. */
const keyRing = fixedKeyRing([{ ...publicKeyOf(KEY), region: undefined, validTo: undefined }]);

/** Whole numbers that look random and are the same in every run. */
function dice(seed: string): (sides: number) => number {
  let thrown = 0;
  return (sides) => {
    thrown += 1;
    return createHash('sha256').update(`${seed}/${thrown}`).digest().readUInt32BE(0) % sides;
  };
}

interface Attack {
  readonly store: ObjectStore;
  readonly trail: TestTrail;
  readonly now: number;
  readonly throwDie: (sides: number) => number;
  /** The bucket as it was some nights ago. */
  readonly former: ObjectStore;
}

/** One act: does it, and returns the codes of which the night must find one, and the object that a finding must name. */
type Act = (attack: Attack) => { readonly codes: readonly string[]; readonly uri?: string };

function anyLog({ trail, throwDie }: Attack): DeliveredLog {
  const log = trail.logFiles[throwDie(trail.logFiles.length)];
  if (log === undefined) throw new Error('no log file was delivered');
  return log;
}

/** Any digest but the two newest: of those nothing tells until the next one comes. */
function anyDigest({ trail, throwDie }: Attack): DeliveredDigest {
  return trail.digestAt(1 + throwDie(trail.digests.length - 3));
}

/** Writes over an object as S3 does: with the present time. */
function write({ store, now }: Attack, ref: DeliveredLog | DeliveredDigest, bytes: Uint8Array): void {
  const metadata = store.get(ref.bucket, ref.key)?.metadata ?? {};
  store.put(ref.bucket, ref.key, bytes, { metadata, lastModified: now - MINUTE });
}

const ACTS: Readonly<Record<string, Act>> = {
  'deletes a log file': (attack) => {
    const log = anyLog(attack);
    deleteObject(attack.store, log);
    return { codes: ['LOG_MISSING'], uri: objectUri(log) };
  },
  'rewrites a log file': (attack) => {
    const log = anyLog(attack);
    const content = Buffer.from(log.content);
    const at = attack.throwDie(content.length);
    content[at] = (content[at] ?? 0) ^ 1;
    write(attack, log, gzip(content));
    return { codes: ['LOG_MODIFIED'], uri: objectUri(log) };
  },
  'truncates a log file': (attack) => {
    const log = anyLog(attack);
    const bytes = attack.store.get(log.bucket, log.key)?.bytes ?? new Uint8Array();
    write(attack, log, bytes.subarray(0, attack.throwDie(bytes.length)));
    return { codes: ['LOG_MALFORMED'], uri: objectUri(log) };
  },
  'deletes a digest': (attack) => {
    const digest = anyDigest(attack);
    deleteObject(attack.store, digest);
    return { codes: ['DIGEST_MISSING', 'LISTING_SHRUNK'], uri: objectUri(digest) };
  },
  'rewrites a digest': (attack) => {
    const digest = anyDigest(attack);
    const bytes = attack.store.get(digest.bucket, digest.key)?.bytes ?? new Uint8Array();
    write(attack, digest, gzip(inflate(bytes).toString().replace('"SHA256withRSA"', '"SHA256withRSA" ')));
    return { codes: ['DIGEST_SIGNATURE_INVALID'], uri: objectUri(digest) };
  },
  'deletes a digest and its log files': (attack) => {
    const digest = anyDigest(attack);
    for (const ref of [digest, ...digest.logs]) deleteObject(attack.store, ref);
    return { codes: ['DIGEST_MISSING'], uri: objectUri(digest) };
  },
  'plants a log file': ({ store, trail, now, throwDie }) => {
    const day = new Date(START + (1 + throwDie(Math.floor((trail.end - START) / DAY))) * DAY);
    const [date, stamp] = [
      day.toISOString().slice(0, 10),
      day.toISOString().slice(0, 10).replaceAll('-', ''),
    ];
    const folder = `AWSLogs/111122223333/CloudTrail/us-east-1/${date.replaceAll('-', '/')}/`;
    const key = `${folder}111122223333_CloudTrail_us-east-1_${stamp}T0200Z_AAAAAAAAAAAAAAAA.json.gz`;
    store.put(BUCKET, key, gzip('{"Records":[]}'), { lastModified: now - 2 * HOUR });
    return { codes: ['LOG_UNLISTED'], uri: `s3://${BUCKET}/${key}` };
  },
  'wipes an old day': ({ store, trail, throwDie }) => {
    const time = START + (1 + throwDie(Math.floor((trail.end - START) / DAY) - 1)) * DAY;
    const date = new Date(time).toISOString().slice(0, 10).replaceAll('-', '/');
    deleteFolder(store, BUCKET, `AWSLogs/111122223333/CloudTrail/us-east-1/${date}/`);
    deleteFolder(store, BUCKET, `AWSLogs/111122223333/CloudTrail-Digest/us-east-1/${date}/`);
    return { codes: ['DIGEST_MISSING'] };
  },
  'cuts off the beginning': ({ store, trail, throwDie }) => {
    const count = 1 + throwDie(trail.digests.length - 20);
    for (const digest of trail.digests.slice(0, count))
      for (const ref of [digest, ...digest.logs]) deleteObject(store, ref);
    return { codes: ['DIGEST_MISSING'] };
  },
  'cuts off the end': ({ store, trail, throwDie }) => {
    const count = 3 + throwDie(40);
    for (const digest of trail.digests.slice(-count))
      for (const ref of [digest, ...digest.logs]) deleteObject(store, ref);
    return { codes: ['CHAIN_ENDS_EARLY', 'CHAIN_ROLLED_BACK'] };
  },
  'rolls the bucket back': ({ store, former }) => {
    for (const key of store.keys(BUCKET))
      if (former.get(BUCKET, key) === undefined) store.delete(BUCKET, key);
    return { codes: ['CHAIN_ROLLED_BACK'] };
  },
  'wipes a Region': ({ store }) => {
    deleteFolder(store, BUCKET, 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/');
    deleteFolder(store, BUCKET, 'AWSLogs/111122223333/CloudTrail/us-east-1/');
    return { codes: ['CHAIN_VANISHED'] };
  },
};

function twoRegions(store: ObjectStore): readonly TestTrail[] {
  const place = { store, bucket: BUCKET, account: '111122223333', trail: 'audit', homeRegion: 'us-east-1' };
  return ['us-east-1', 'eu-west-1'].map(
    (region) => new TestTrail({ ...place, region, startLogging: START, firstKey: KEY }),
  );
}

test('thirty nights with somebody in the bucket', { timeout: 300_000 }, async () => {
  const store = new ObjectStore(() => START);
  const trails = twoRegions(store);
  const [trail] = trails;
  if (trail === undefined) throw new Error('no trail');
  const throwDie = dice('attacker');
  const names = Object.keys(ACTS);
  const tried = new Set<string>();
  let state: ReadCheckpoint | undefined;
  const nights: ObjectStore[] = [];
  let quiet: Night | undefined;
  for (let index = 0; index < 30; index += 1) {
    for (const one of trails)
      one.hours(24, { logs: [{ minute: 40 }, { minute: 50 }].slice(0, 1 + throwDie(2)), key: KEY });
    const now = trail.end + HOUR + 30 * MINUTE;
    if (index > 1) {
      const name = names[index % names.length] ?? '';
      const attacked = store.clone();
      const done = ACTS[name]?.({ store: attacked, trail, now, throwDie, former: nights.at(-2) ?? store });
      tried.add(name);
      const found = await night(attacked, now, state, { keyRing });
      const codes = codesOf(found.report);
      const seen = found.report.findings
        .filter(({ weight }) => weight !== 'note')
        .map(({ object }) => object.uri);
      expect(found.report.verdict, `night ${index}: ${name}`).not.toBe('VALID');
      expect(
        codes.filter((code) => done?.codes.includes(code)).length,
        `night ${index}: ${name} ${codes}`,
      ).toBeGreaterThan(0);
      if (done?.uri !== undefined) expect(seen, `night ${index}: ${name}`).toContain(done.uri);
      // The Region that was left alone moves on; what was attacked is found again tomorrow.
      // Digests that no night had seen yet are gone unproven; the next one that comes will name them.
      if (codes.some((code) => code !== 'CHAIN_ENDS_EARLY')) {
        const held = found.state?.checkpoint.places.find(({ region }) => region === 'us-east-1');
        expect(held).toEqual(state?.checkpoint.places.find(({ region }) => region === 'us-east-1'));
      }
    }
    nights.push(store.clone());
    quiet = await night(store, now, state, { keyRing });
    expect(quiet.report.findings, `night ${index}`).toEqual([]);
    expect(quiet.report.verdict).toBe('VALID');
    ({ state } = quiet);
  }
  expect([...tried].sort()).toEqual([...names].sort());
  // A night against a run that reads everything: bytes and requests grow with the night, not with the bucket.
  const full = await night(store, trail.end + HOUR + 30 * MINUTE, undefined, { keyRing });
  const requests = ({ counts }: Night): number => counts.opened + counts.pages + counts.folders;
  if (quiet === undefined) throw new Error('no night was quiet');
  expect(full.report.verdict).toBe('VALID');
  expect(quiet.counts.opened / full.counts.opened).toBeLessThan(0.05);
  expect(requests(quiet) / requests(full)).toBeLessThan(0.06);
  expect(quiet.counts.bytes / full.counts.bytes).toBeLessThan(0.05);
});

describe('a quiet year', () => {
  test('of late deliveries, objects written again and days that expire', { timeout: 300_000 }, async () => {
    const store = new ObjectStore(() => START);
    const place = { store, bucket: BUCKET, account: '111122223333', region: 'us-east-1', trail: 'audit' };
    const trail = new TestTrail({ ...place, startLogging: START, firstKey: KEY });
    const throwDie = dice('weather');
    let state: ReadCheckpoint | undefined;
    for (let week = 0; week < 52; week += 1) {
      trail.hours(7 * 24, () => ({
        logs: throwDie(6) === 0 ? [{ minute: 35 + throwDie(20) }] : [],
        key: KEY,
      }));
      const now = trail.end + HOUR + throwDie(100) * MINUTE;
      const kept = trail.end - 90 * DAY;
      if (week % 4 === 1) trail.backfill(trail.digestAt(-1 - throwDie(10 * 24)), { logs: 1, key: KEY });
      if (week % 4 === 2) {
        const { bucket, key } = trail.logAt(
          -1 -
            trail.digests
              .filter(({ kind }) => kind === 'standard')
              .toReversed()
              .findIndex(({ logs }) => logs.length > 0),
        );
        const bytes = store.get(bucket, key)?.bytes ?? new Uint8Array();
        store.put(bucket, key, bytes, { lastModified: now - MINUTE });
      }
      // A lifecycle rule lets everything expire a few days after the window has left it.
      for (const key of store.keys(BUCKET).slice())
        if ((store.get(BUCKET, key)?.lastModified ?? now) < kept - 5 * DAY) store.delete(BUCKET, key);
      const from = week < 12 ? {} : { from: kept };
      const { report, state: next } = await night(store, now, state, { keyRing, ...from });
      expect(codesOf(report), `week ${week}`).toEqual([]);
      expect(report.state?.held, `week ${week}`).toEqual([]);
      state = next;
    }
    expect(state?.checkpoint.past).toHaveLength(51);
  });
});
