import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { DAY, HOUR } from '../../src/base/clock.ts';
import type { Report } from '../../src/report/report.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import type { ObjectRef } from '../../src/source/source.ts';
import { deleteObject } from '../support/damage.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { BUCKET, objectsOf, SEED, START, smallTrail, verify } from './small-trail.ts';

const TRAIL = smallTrail({ quietHours: 3 });
const OBJECTS = objectsOf(TRAIL);
const ACCOUNT = 'AWSLogs/111122223333/';

const temporary = mkdtempSync(join(tmpdir(), 'trail-verify-planted-'));
afterAll(() => rmSync(temporary, { recursive: true }));
let folders = 0;

/** The reports of a store as S3 and as a folder, of everything and of its last hours. */
async function reports(store: ObjectStore): Promise<readonly Report[]> {
  const folder = join(temporary, `${folders}`);
  folders += 1;
  writeFolder(store, folder, { metadata: true });
  const copy = await openFolder(folder);
  const all: Report[] = [];
  for (const source of [store, copy])
    for (const window of [{}, { from: TRAIL.end - 2 * HOUR }])
      all.push(await verify(source, TRAIL.now, { ...window, scope: { regions: ['us-east-1'] } }));
  return all;
}

/** Whether a report names an object: itself, or the folder that it lies in. */
function tells(report: Report, { key }: ObjectRef): boolean {
  return report.findings.some(
    ({ object }) => object.key === key || (object.key.endsWith('/') && key.startsWith(object.key)),
  );
}

const letter = fc.constantFrom(...'aZ09-_. ~!+é\u0421\uff23\u200b\u{1F30D}');
const segment = fc.oneof(
  fc.array(letter, { minLength: 1, maxLength: 8 }).map((letters) => letters.join('')),
  fc.constantFrom(
    'us-east-1',
    'US-EAST-1',
    '2026',
    '10',
    '05',
    '3',
    '02',
    '31',
    '9999',
    'x.json.gz',
    'AWSLog',
  ),
);
const family = fc.constantFrom(
  'CloudTrail',
  'CloudTrail-Insight',
  'CloudTrail-New',
  'cloudtrail',
  'CloudTrail ',
  'CIoudTrail',
  '\u0421loudTrail',
  'Cloud\u200bTrail',
);
const path = fc.array(segment, { minLength: 1, maxLength: 6 }).map((segments) => segments.join('/'));
const written = fc.integer({ min: START - 100 * DAY, max: TRAIL.end });

describe('any object planted below the account', () => {
  /** Days beside those asked about are not claimed: of everything they are, and no plan makes a sound name there. */
  const isSegment = (key: string): boolean =>
    key.split('/').every((one) => one !== '.' && one !== '..') && Buffer.byteLength(key) < 900;

  test('under a name of CloudTrail or like one is told, and never VALID', async () => {
    await fc.assert(
      fc.asyncProperty(family, path, written, async (name, below, lastModified) => {
        const ref = { bucket: BUCKET, key: `${ACCOUNT}${name}/${below}` };
        fc.pre(isSegment(ref.key));
        const store = TRAIL.store.clone();
        store.put(ref.bucket, ref.key, new Uint8Array(3), { lastModified });
        for (const report of await reports(store)) {
          expect(report.verdict).toBe('INCONCLUSIVE');
          expect(tells(report, ref)).toBe(true);
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  test('under any name is told', async () => {
    await fc.assert(
      fc.asyncProperty(path, written, async (below, lastModified) => {
        const ref = { bucket: BUCKET, key: ACCOUNT + below };
        fc.pre(isSegment(ref.key));
        const store = TRAIL.store.clone();
        store.put(ref.bucket, ref.key, new Uint8Array(3), { lastModified });
        for (const report of await reports(store)) expect(tells(report, ref)).toBe(true);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
});

describe('any object of an intact trail', () => {
  /** Where an object may be moved or copied: another name beside it, another folder, another case. */
  const away = fc.oneof(
    letter.map((one) => (key: string) => `${key.slice(0, -8)}${one}${key.slice(-8)}`),
    segment.map((one) => (key: string) => `${key.slice(0, key.lastIndexOf('/') + 1)}${one}`),
    segment.map(
      (one) => (key: string) =>
        `${key.slice(0, key.lastIndexOf('/') + 1)}${one}${key.slice(key.lastIndexOf('/'))}`,
    ),
    fc.constantFrom(
      (key: string) => key.replace('/2026/10/05/', '/2026/10/5/'),
      (key: string) => key.replace('/2026/10/05/', '/2026/10/'),
      (key: string) => key.replace('/us-east-1/', '/US-EAST-1/'),
      (key: string) => key.replace('/us-east-1/', '/'),
      (key: string) => key.replace('CloudTrail', 'cloudtrail'),
      (key: string) => key.replace('111122223333/', ''),
      (key: string) => key.replace('111122223333/', '11112222333/'),
      (key: string) => `${key}.bak`,
      (key: string) => key.toUpperCase().replace('AWSLOGS', 'AWSLogs'),
    ),
  );
  const isCopy = fc.boolean();

  test('renamed, moved or copied is told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...OBJECTS), away, isCopy, async (from, move, copies) => {
        const to = { bucket: from.bucket, key: move(from.key) };
        fc.pre(to.key !== from.key && !to.key.split('/').some((one) => one === '.' || one === '..'));
        const store = TRAIL.store.clone();
        const held = store.get(from.bucket, from.key);
        fc.pre(held !== undefined && store.get(to.bucket, to.key) === undefined);
        store.put(to.bucket, to.key, held?.bytes ?? new Uint8Array(), {
          metadata: held?.metadata ?? {},
          lastModified: TRAIL.end,
        });
        if (!copies) deleteObject(store, from);
        const [everything, , copied] = await reports(store);
        for (const report of [everything, copied]) {
          if (report === undefined) throw new Error('four reports');
          const isDigest = from.key.includes('-Digest');
          if (!copies) expect(report.verdict).not.toBe('VALID');
          expect(tells(report, to) || (!copies && tells(report, from))).toBe(true);
          if (!isDigest) expect(report.verdict).not.toBe('VALID');
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});
