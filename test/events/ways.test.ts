/** However log files are read, the same rows are exported: over S3 and of a copy, on threads or not, natively or not, one by one or at once. */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { fixedClock, isoTime } from '../../src/base/clock.ts';
import { openDatabase } from '../../src/events/database.ts';
import { type EventsDocument, readEvents } from '../../src/events/events-document.ts';
import { openEventsExport } from '../../src/events/export-events.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import type { Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import { threadsAtOnce, withoutAccess } from '../support/check-paths.ts';
import { keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from '../support/command.ts';
import { memorySource } from '../support/memory-source.ts';
import { realisticTrail } from '../support/realistic-trail.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const aws = useAws();
beforeEach(() => stubAwsEnvironment());
const checkers = {
  'two threads, natively': threadsAtOnce({ threads: 2 }),
  'one thread, pure, one request at a time': threadsAtOnce({ threads: 1, native: false, concurrency: 1 }),
};
afterAll(() => Promise.all(Object.values(checkers).map((checker) => checker.close())));

type Row = Readonly<Record<string, unknown>>;

/** The rows of an export, sorted, and those of its manifest. */
async function rowsOf(
  folder: string,
  { files }: EventsDocument,
): Promise<{ readonly events: readonly Row[]; readonly manifest: readonly Row[] }> {
  const database = await openDatabase({ memory: 256e6 });
  const read = (part: string, order: string): Promise<readonly Row[]> => {
    const list = files
      .filter((file) => file.path.startsWith(part))
      .map((file) => `'${path.join(folder, file.path)}'`);
    return database.rows(
      `SELECT * FROM read_parquet([${list.join(', ')}], hive_partitioning = ${part === 'events/'}, hive_types_autocast = false) ORDER BY ${order}`,
    );
  };
  const rows = { events: await read('events/', 'log_uri, record'), manifest: await read('manifest/', 'uri') };
  database.close();
  return rows;
}

async function exported(scenario: Scenario, source: Source, options: Partial<VerifyOptions> = {}) {
  const folder = temporaryFolder();
  const events = await openEventsExport(folder);
  const report = await verifyTrail({
    source,
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...scenario.options,
    onLog: events.take,
    ...options,
  });
  const document = await events.finish(report, 'f'.repeat(64));
  return { ...(await rowsOf(folder, document)), verdict: report.verdict, logFiles: document.logFiles };
}

/** Without what only S3 knows of a file. */
function plain(rows: Awaited<ReturnType<typeof exported>>) {
  return { ...rows, manifest: rows.manifest.map(({ version_id: _, etag: __, ...row }) => row) };
}

describe.each(['realistic', 'tampered', 'log-stored-inflated'])('the rows of %s', (name) => {
  const build = async (): Promise<Scenario> =>
    name === 'realistic' ? realisticTrail([], true) : (await loadScenario(name)).build();

  test('are the same over S3, in every way', async () => {
    const scenario = await build();
    const server = await aws.start({ store: scenario.store });
    const source = openS3(sessionWith(server, { maxAttempts: 2 }));
    const first = await exported(scenario, source);
    expect(first.events.length).toBeGreaterThan(10);
    expect(first.manifest.length).toBe(first.logFiles);
    for (const [way, options] of [
      ['one by one', { concurrency: 1 }],
      ['without what a checker needs', { source: withoutAccess(source) }],
      ...Object.entries(checkers).map(([name, checker]) => [name, { checker }] as const),
      [
        'threads that are asked one at a time',
        { checker: checkers['two threads, natively'], concurrency: 1 },
      ],
    ] as const)
      expect({ way, ...(await exported(scenario, source, options)) }).toEqual({ way, ...first });
    expect(plain(await exported(scenario, memorySource(scenario.store)))).toEqual(plain(first));
  });

  test('are the same of a copy, in every way', async () => {
    const scenario = await build();
    const folder = temporaryFolder();
    writeFolder(scenario.store, folder, { metadata: true });
    const source = await openFolder(folder);
    const memory = plain(await exported(scenario, memorySource(scenario.store)));
    for (const checker of [undefined, ...Object.values(checkers)])
      expect(plain(await exported(scenario, source, { checker }))).toEqual(memory);
  });
});

test('a manifest names the versions that were read', async () => {
  const scenario = realisticTrail([], true);
  const [bucket = ''] = scenario.store.bucketNames();
  const server = await aws.start({ store: scenario.store });
  const { manifest } = await exported(scenario, openS3(sessionWith(server)), {
    checker: checkers['two threads, natively'],
  });
  for (const { uri, version_id: version, etag, size } of manifest) {
    const key = String(uri).replace(`s3://${bucket}/`, '');
    const found = scenario.store.get(bucket, key);
    expect({ version, size }).toEqual({ version: found?.versionId, size: String(found?.bytes.length) });
    expect(etag).toMatch(/[0-9a-f]{32}/);
  }
  const plainBucket = realisticTrail();
  const other = await aws.start({ store: plainBucket.store });
  for (const row of (await exported(plainBucket, openS3(sessionWith(other)))).manifest)
    expect(row.version_id).toBeNull();
});

describe('the command', () => {
  test('exports the same rows over S3 with a bag beside them, one request at a time, and without native code', async () => {
    const scenario = (await loadScenario('tampered')).build();
    const server = await aws.start({
      store: scenario.store,
      publicKeys: serverKeys(),
      now: () => scenario.now,
    });
    const folder = temporaryFolder();
    const inMemory = await exported(scenario, memorySource(scenario.store, { versions: true }));
    for (const [name, more, environment] of [
      ['bag', ['--bag', '--include-logs'], {}],
      ['one', ['--concurrency', '1'], {}],
      ['pure', ['--workers', '2'], { TRAIL_VERIFY_NATIVE: '0' }],
    ] as const) {
      mkdirSync(path.join(folder, name));
      const events = path.join(folder, name, 'events');
      const args = [
        'verify',
        's3://example-trail-logs',
        ...keysAtServer(server),
        '--now',
        isoTime(scenario.now),
      ];
      const out = ['--output', path.join(folder, name, 'run'), '--events', events];
      const run = await runCommand([...args, ...out, ...more], { environment });
      expect({ name, exitCode: run.exitCode, error: run.error }).toEqual({ name, exitCode: 1, error: '' });
      const document = readEvents(readFileSync(path.join(events, 'events.json')), 'events.json');
      expect((await rowsOf(events, document)).events).toEqual(inMemory.events);
    }
  });
});
