/** An export that cannot be written ends as an error of its own, and of it nothing is left. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { auditTrail, ringOf, scenarioOf } from '../../fixtures/scenario.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { ExaminedLog } from '../../src/chain/list-digests.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { EventsDocument } from '../../src/events/events-document.ts';
import { type EventsExport, openEventsExport, writeDocuments } from '../../src/events/export-events.ts';
import type { Report } from '../../src/report/report.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memorySource } from '../support/memory-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { gzip } from '../support/test-gzip.ts';

const { store, trail } = auditTrail(2);
const scenario = scenarioOf(store, trail);
const HASH = 'f'.repeat(64);

function verify(onLog?: EventsExport['take']): Promise<Report> {
  return verifyTrail({
    source: memorySource(store),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    onLog,
  });
}

/** A log file that agrees, as a run hands it on. */
function logAt(key: string, text: string): ExaminedLog {
  const bucket = 'example-trail-logs';
  const listed = { bucket, key, sha256: sha256(Buffer.from(text)) } as ExaminedLog['listed'];
  const stored = { bytes: gzip(text), metadata: undefined };
  const digest = { bucket, key: 'digest' };
  return {
    ...{
      kind: 'log',
      outcome: 'valid',
      ref: { bucket, key },
      chain: '111122223333/us-east-1/audit@us-east-1',
    },
    ...{ listed, stored, digest },
  } as ExaminedLog;
}

test('where something else is in the place of its files', async () => {
  const folder = temporaryFolder();
  const events = await openEventsExport(folder);
  writeFileSync(path.join(folder, 'events'), 'mine');
  const report = await verify(events.take);
  await expect(events.finish(report, HASH)).rejects.toMatchObject({
    code: 'OUTPUT_NOT_USABLE',
    message: expect.stringMatching(/^the events cannot be exported to [^\n]*$/),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test('where its folder is gone at the end', async () => {
  const folder = temporaryFolder();
  const report = await verify();
  const document = { files: [] } as unknown as EventsDocument;
  for (const name of ['report.json', 'events.json']) {
    const own = path.join(folder, name.slice(0, 6));
    mkdirSync(own);
    writeFileSync(path.join(own, name), 'mine');
    await expect(writeDocuments(own, [JSON.stringify(report)], document)).rejects.toMatchObject({
      code: 'OUTPUT_NOT_USABLE',
    });
    expect(readdirSync(own)).toEqual([name]);
  }
});

test('a log file whose place names no day is of a day that nobody asks for', async () => {
  const folder = temporaryFolder();
  const events = await openEventsExport(folder);
  await events.take(logAt('moved/here.json.gz', '{"Records":[{"eventName":"One"}]}'));
  // A file that two digests name is one file.
  await events.take(logAt('moved/here.json.gz', '{"Records":[{"eventName":"One"}]}'));
  const report = await verify();
  const totals = { ...report.totals, logs: { ...report.totals.logs, valid: 2 } };
  const document = await events.finish({ ...report, totals }, HASH);
  expect(document).toMatchObject({ events: 1, logFiles: 1 });
  expect(document.files.map((file) => path.dirname(file.path))).toEqual([
    'events/account=111122223333/region=us-east-1/day=1970-01-01',
    'manifest',
  ]);
});

test('after its first error it takes nothing more', async () => {
  const folder = temporaryFolder();
  const events = await openEventsExport(folder);
  await events.take({
    ...logAt('a.json.gz', '{"Records":[]}'),
    stored: { bytes: gzip('other'), metadata: undefined },
  });
  await events.take(logAt('b.json.gz', '{"Records":[]}'));
  await expect(events.finish(await verify(), HASH)).rejects.toMatchObject({ code: 'INTERNAL' });
  await events.discard();
  expect(readdirSync(folder)).toEqual([]);
});
