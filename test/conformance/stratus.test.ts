/**
 * Real log files: those of an attack simulation (Stratus Red Team), as CloudTrail delivered them, byte for byte below
 * digests that are signed with test keys. They are read from the folder that TRAIL_VERIFY_REAL_LOGS names and are no
 * part of the repository.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { DAY, HOUR } from '../../src/base/clock.ts';
import type { Report } from '../../src/report/report.ts';
import { editContent, flipStoredBit, replaceBytes } from '../support/damage.ts';
import { ObjectStore } from '../support/object-store.ts';
import { inflate } from '../support/test-gzip.ts';
import { TestTrail } from '../support/test-trail.ts';
import { codesOf, run } from './run.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const FOLDER = process.env.TRAIL_VERIFY_REAL_LOGS ?? join(ROOT, '../shared/data/stratus-attack-logs');
const START = Date.parse('2026-10-05T09:12:37Z');
const FILES_AN_HOUR = 8;

const isThere = existsSync(FOLDER);
if (!isThere) console.log(`skipped, for there is no folder ${FOLDER} (TRAIL_VERIFY_REAL_LOGS)`);

describe.skipIf(!isThere)('real log files', () => {
  const files: { readonly name: string; readonly bytes: Buffer; readonly content: Buffer }[] = [];
  let store = new ObjectStore();
  let trail: TestTrail;

  beforeAll(() => {
    for (const name of readdirSync(FOLDER).sort()) {
      if (!name.endsWith('.json.gz')) continue;
      const bytes = readFileSync(join(FOLDER, name));
      files.push({ name, bytes, content: inflate(bytes) });
    }
    store = new ObjectStore(() => START);
    const place = {
      bucket: 'example-trail-logs',
      account: '111122223333',
      region: 'us-east-1',
      trail: 'attacks',
    };
    trail = new TestTrail({ store, ...place, startLogging: START });
    for (let at = 0; at < files.length; at += FILES_AN_HOUR) {
      trail.hour({ logs: files.slice(at, at + FILES_AN_HOUR).map(({ content }) => ({ content })) });
    }
    for (const [index, log] of trail.logFiles.entries()) {
      const file = files[index];
      if (file !== undefined) replaceBytes(store, log, file.bytes);
    }
  });

  async function verify(copy: ObjectStore): Promise<Report> {
    return (await run(copy, trail.end + HOUR)).report;
  }

  /** The log file with the most events, which has something to change. */
  function largest() {
    const [log] = trail.logFiles.toSorted((a, b) => b.content.length - a.content.length);
    if (log === undefined) throw new Error(`${FOLDER} holds no log file`);
    return log;
  }

  test('are all there, and real', () => {
    expect(files).toHaveLength(55);
    for (const { content } of files) expect(JSON.parse(content.toString())).toHaveProperty('Records');
  });

  test('verify', async () => {
    const report = await verify(store);
    expect(report).toMatchObject({ verdict: 'VALID', findings: [] });
    expect(report.totals.logs).toMatchObject({ listed: 55, valid: 55, invalid: 0, unlisted: 0 });
    const read = files.reduce((sum, { content }) => sum + content.length, 0);
    expect(report.totals.bytes.inflated).toBeGreaterThan(read);
  });

  test('one changed event, compressed anew, is found on its file', async () => {
    const copy = store.clone();
    const log = largest();
    editContent(copy, log, (text) => {
      const records = JSON.parse(text) as { Records: { eventName: string }[] };
      const [event] = records.Records;
      if (event === undefined) throw new Error(`${log.key} holds no event`);
      // One word in the text as it stands, so that nothing else of it changes.
      return text.replace(`"${event.eventName}"`, '"DescribeRegions"');
    });
    const report = await verify(copy);
    expect([report.verdict, codesOf(report)]).toEqual(['INVALID', { LOG_MODIFIED: 1 }]);
    expect(report.findings[0]).toMatchObject({
      object: { key: log.key },
      evidence: { expected: log.sha256 },
    });
    expect(report.totals.logs).toMatchObject({ valid: 54, invalid: 1 });
  });

  test.each([0.25, 0.5, 0.75])(
    'one changed byte of the file as stored, %f of the way, is found on its file',
    async (share) => {
      const copy = store.clone();
      const log = largest();
      flipStoredBit(copy, log, Math.floor((store.get(log.bucket, log.key)?.bytes.length ?? 0) * share));
      const report = await verify(copy);
      expect(report.verdict).toBe('INVALID');
      expect(report.findings.map(({ code, object }) => [code, object.key])).toEqual([
        [expect.stringMatching(/^LOG_(?:MALFORMED|MODIFIED)$/), log.key],
      ]);
    },
  );

  test('the whole day later nothing has changed but that newer digests are owed', async () => {
    const { report } = await run(store, trail.end + DAY);
    expect(codesOf(report)).toEqual({ CHAIN_ENDS_EARLY: 1 });
  });
});
