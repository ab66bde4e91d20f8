import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditTrail, lakeTrail, ringOf, scenarioOf } from '../../../fixtures/scenario.ts';
import { fixedClock } from '../../../src/base/clock.ts';
import { MAX_DIGEST_FILE } from '../../../src/chain/read-digest.ts';
import type { Finding } from '../../../src/findings/finding.ts';
import { MAX_SIGN_FILE } from '../../../src/lake/sign-file.ts';
import { MAX_LOG_FILE } from '../../../src/logs/check-log.ts';
import type { Report } from '../../../src/report/report.ts';
import { type BagSource, openBag } from '../../../src/source/bag/bag-source.ts';
import { BAG_OBJECTS, bagFolder, bagPath } from '../../../src/source/bag/index.ts';
import { BAG_SUMMARY } from '../../../src/source/bag/look.ts';
import type { ObjectRef } from '../../../src/source/source.ts';
import { verifyTrail } from '../../../src/verify-trail.ts';
import { replaceBytes } from '../../support/damage.ts';
import { changeFile, makeBag } from '../../support/evidence-bag.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import type { TestTrail } from '../../support/test-trail.ts';

const BOUNDS = { maxBytes: 1e6 };
const { store, trail } = auditTrail(2);
const BUCKET = 'example-trail-logs';

function codesOf({ findings }: Report): readonly string[] {
  return findings.map(({ code }) => code);
}

async function opened(includeLogs: boolean, change?: (folder: string) => void): Promise<BagSource> {
  const folder = path.join(temporaryFolder(), 'bag');
  await makeBag(folder, scenarioOf(store, trail), { includeLogs, signer: 'nobody' });
  change?.(folder);
  const bag = await openBag(folder);
  if (bag === undefined) throw new Error('it is no bag');
  return bag;
}

describe('a bag as a source', () => {
  test('lists and reads what was read, with its metadata', async () => {
    const bag = await opened(true);
    expect(bag).toMatchObject({ kind: 'bag', logs: 'complete', targets: [{ bucket: BUCKET, prefix: '' }] });
    expect(bag.collected).toMatchObject({ complete: true, window: { from: null } });
    const keys: string[] = [];
    for await (const page of bag.list({ bucket: BUCKET, prefix: 'AWSLogs/' }))
      keys.push(...page.map(({ key }) => key));
    expect(keys).toEqual(store.keys(BUCKET).filter((key) => !key.endsWith('/')));
    const [first = '', second = ''] = keys;
    const rest: string[] = [];
    for await (const page of bag.list({ bucket: BUCKET, prefix: 'AWSLogs/', startAfter: first }))
      rest.push(...page.map(({ key }) => key));
    expect(rest[0]).toBe(second);
    expect(await bag.folders(BUCKET, 'AWSLogs/111122223333/')).toEqual([
      'AWSLogs/111122223333/CloudTrail-Digest/',
      'AWSLogs/111122223333/CloudTrail/',
    ]);
    const { bucket, key } = trail.digestAt(1);
    const version = store.get(bucket, key);
    expect(await bag.open({ bucket, key }, BOUNDS)).toMatchObject({
      bytes: version?.bytes,
      metadata: version?.metadata,
      lastModified: version?.lastModified,
    });
  });

  test('knows which absence means something', async () => {
    const log = { bucket: BUCKET, key: trail.logAt(1).key };
    const absent = { bucket: BUCKET, key: 'AWSLogs/x/CloudTrail-Digest/x.json.gz' };
    const bare = await opened(false);
    await expect(bare.open(log, BOUNDS)).rejects.toMatchObject({ code: 'OBJECT_NOT_COPIED' });
    await expect(bare.open(absent, BOUNDS)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    const full = await opened(true);
    await expect(full.open({ ...log, key: `${log.key}x` }, BOUNDS)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
    expect(await Promise.all([full.holds(BUCKET), full.holds('other')])).toEqual([true, false]);
    await expect(full.folders('other', '')).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
    await expect(full.open({ bucket: 'other', key: 'x' }, BOUNDS)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
  });

  test.each<[string, (trail: TestTrail, signFile: ObjectRef) => ObjectRef, number, Finding['code']]>([
    ['the newest digest', (made) => made.digestAt(-1), MAX_DIGEST_FILE, 'DIGEST_MALFORMED'],
    ['a log file', (made) => made.logAt(1), MAX_LOG_FILE, 'LOG_MALFORMED'],
    ['a sign file', (_, signFile) => signFile, MAX_SIGN_FILE, 'LAKE_SIGN_FILE_MALFORMED'],
  ])('is no better than its bucket: %s that is too large to be read', async (_, refOf, most, code) => {
    const made = lakeTrail();
    const scenario = scenarioOf(made.store, made.trail);
    replaceBytes(scenario.store, refOf(made.trail, made.results.signFile), Buffer.alloc(most + 1, ' '));
    const folder = path.join(temporaryFolder(), 'bag');
    const report = await makeBag(folder, scenario, { includeLogs: true, signer: 'nobody' });
    expect(codesOf(report)).toContain(code);
    const source = await openBag(folder);
    if (source === undefined) throw new Error('it is no bag');
    const { targets } = source;
    const clock = fixedClock(scenario.now);
    const again = await verifyTrail({ source, targets, keyRing: ringOf(scenario), clock });
    expect(again.verdict).toBe('INVALID');
    expect(codesOf(again)).toEqual(codesOf(report));
  });

  test('never reads outside the bag, and tells damage from absence', async () => {
    const { bucket, key } = trail.digestAt(1);
    const read = (file: string): Promise<BagSource> =>
      opened(false, (folder) => {
        writeFileSync(path.join(path.dirname(folder), 'secret'), 'secret');
        changeFile(folder, BAG_OBJECTS, (bytes) =>
          Buffer.from(
            bytes
              .toString()
              .split('\n')
              .map((line) => {
                const row = line === '' ? undefined : JSON.parse(line);
                return row?.key === key ? JSON.stringify({ ...row, file }) : line;
              })
              .join('\n'),
          ),
        );
        rmSync(path.join(folder, bagPath('digest', { bucket, key })));
        rmSync(path.join(folder, `${bagPath('digest', { bucket, key })}.sig`));
      });
    for (const file of ['data/digests/../../../secret', '/etc/passwd', '../secret'])
      await expect((await read(file)).open({ bucket, key }, BOUNDS)).rejects.toMatchObject({
        code: 'OBJECT_DENIED',
      });
    await expect((await read('data/digests/absent')).open({ bucket, key }, BOUNDS)).rejects.toMatchObject({
      code: 'OBJECT_NOT_COPIED',
    });
    const small = { maxBytes: 3 };
    const bag = await opened(false);
    await expect(bag.open({ bucket, key }, small)).rejects.toMatchObject({ code: 'OBJECT_TOO_LARGE' });
  });

  test.each([
    ['a file that no manifest names', (folder: string) => writeFileSync(path.join(folder, 'notes.txt'), 'x')],
    [
      'a trail beside it',
      (folder: string) => {
        mkdirSync(path.join(folder, 'AWSLogs/111122223333'), { recursive: true });
        writeFileSync(path.join(folder, 'AWSLogs/111122223333/x'), 'x');
      },
    ],
    ['a link', (folder: string) => symlinkSync('/etc', path.join(folder, 'data/out'))],
    [
      'an object that its index does not name',
      (folder: string) => {
        const file = 'data/logs/planted.json.gz';
        mkdirSync(path.join(folder, 'data/logs'));
        writeFileSync(path.join(folder, file), 'x');
        changeFile(folder, 'manifest-sha256.txt', (bytes) =>
          Buffer.from(`${bytes.toString()}${'0'.repeat(64)}  ${file}\n`),
        );
      },
    ],
  ])('is refused where it holds %s', async (_, plant) => {
    await expect(opened(false, plant)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining('no part of it'),
    });
  });
});

describe('what is no bag', () => {
  test('is not opened as one', async () => {
    expect(await openBag(temporaryFolder())).toBeUndefined();
    expect(await openBag('absent')).toBeUndefined();
  });

  test.each([
    [BAG_SUMMARY, '{}'],
    [BAG_SUMMARY, 'x'],
    [BAG_OBJECTS, '{}'],
    [BAG_OBJECTS, '{"kind":"digest","bucket":"b","key":"k","size":1}'],
  ])('one whose %s is %j is refused', async (file, text) => {
    await expect(
      opened(false, (folder) => changeFile(folder, file, () => Buffer.from(text))),
    ).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
  });

  test('a folder cannot be written into twice under one name', async () => {
    const folder = bagFolder(temporaryFolder());
    await folder.write('data/x', 'one');
    await expect(folder.write('data/x', 'two')).rejects.toMatchObject({ code: 'OUTPUT_NOT_USABLE' });
    await expect(bagFolder('absent').list()).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
    expect(await folder.hash('absent')).toBeUndefined();
    await folder.remove(['data']);
    expect(await folder.list()).toEqual([]);
  });
});
