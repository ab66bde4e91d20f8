import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { auditTrail, ringOf, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { ExaminedObject } from '../../src/chain/list-digests.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { PARTITIONS, PROVENANCE, RECORD } from '../../src/events/columns.ts';
import { openDatabase } from '../../src/events/database.ts';
import type { EventsDocument } from '../../src/events/events-document.ts';
import { openEventsExport } from '../../src/events/export-events.ts';
import type { Report } from '../../src/report/report.ts';
import type { ObjectRef } from '../../src/source/source.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { plantObject } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { gzip } from '../support/test-gzip.ts';
import type { LogSpec } from '../support/test-trail-options.ts';

const scenarios = await loadScenarios();
const HASH = 'f'.repeat(64);

interface Row {
  readonly log_uri: string;
  readonly log_sha256: string;
  readonly record: number;
  readonly event_json: string;
  readonly [column: string]: unknown;
}

interface Exported {
  readonly report: Report;
  readonly document: EventsDocument;
  readonly rows: readonly Row[];
  readonly manifest: readonly Readonly<Record<string, unknown>>[];
  /** Log files that agree with their digests: the records of each by its URI. */
  readonly intact: ReadonlyMap<string, readonly unknown[]>;
  readonly folder: string;
}

/** Verifies a scenario with an export, and reads both. */
async function exported(scenario: Scenario): Promise<Exported> {
  const folder = temporaryFolder();
  const events = await openEventsExport(folder);
  const seen: ExaminedObject[] = [];
  const report = await verifyTrail({
    source: memorySource(scenario.store, { versions: true }),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...scenario.options,
    onObject: async (object) => {
      seen.push(object);
    },
    onLog: events.take,
  });
  const document = await events.finish(report, HASH);
  const database = await openDatabase({ memory: 256e6 });
  const read = async (name: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const files = document.files.filter((file) => file.path.startsWith(name));
    if (files.length === 0) return [];
    const list = files.map((file) => `'${path.join(folder, file.path)}'`).join(', ');
    return database.rows(
      `SELECT * FROM read_parquet([${list}], hive_partitioning = ${name === 'events/'}, hive_types_autocast = false)`,
    );
  };
  const rows = (await read('events/')) as readonly Row[];
  const manifest = await read('manifest/');
  database.close();
  const intact = new Map<string, readonly unknown[]>();
  for (const object of seen) {
    if (object.kind !== 'log' || object.outcome !== 'valid') continue;
    const uri = `s3://${object.ref.bucket}/${object.ref.key}`;
    if (document.unreadable.every((log) => log.uri !== uri)) intact.set(uri, recordsIn(scenario, object.ref));
  }
  return { report, document, rows, manifest, intact, folder };
}

/** The records of an object as the store has it, by the plainest reading there is. */
function recordsIn({ store }: Scenario, { bucket, key }: ObjectRef): unknown[] {
  const { bytes } = store.get(bucket, key) ?? { bytes: new Uint8Array() };
  // Some files are stored without their gzip.
  const text = bytes[0] === 0x1f ? gunzipSync(bytes) : Buffer.from(bytes);
  const content: unknown = JSON.parse(text.toString('utf8'));
  if (Array.isArray(content)) return content;
  return (content as { readonly Records: unknown[] }).Records;
}

describe('an export has the records of the log files that agree, and of no others', () => {
  test.each(scenarios)('$name', async ({ build }) => {
    const scenario = build();
    const { report, document, rows, manifest, intact } = await exported(scenario);
    const byLog = new Map<string, Row[]>();
    for (const row of rows) byLog.set(row.log_uri, [...(byLog.get(row.log_uri) ?? []), row]);
    expect([...byLog.keys()].sort()).toEqual(
      [...intact].flatMap(([uri, records]) => (records.length > 0 ? [uri] : [])).sort(),
    );
    for (const [uri, records] of intact) {
      const found = (byLog.get(uri) ?? []).toSorted((a, b) => a.record - b.record);
      expect(found.map(({ record }) => record)).toEqual(records.map((_, at) => at));
      expect(found.map(({ event_json: json }) => JSON.parse(json))).toEqual(records);
    }
    expect(manifest.map(({ uri }) => uri).sort()).toEqual([...intact.keys()].sort());
    expect(document).toMatchObject({
      logFiles: intact.size,
      events: rows.length,
      unreadable: [],
      report: { verdict: report.verdict, run: report.run.id, sha256: HASH },
    });
  });
});

/** A trail of one hour with a log file of that content, and others. */
function trailWith(...logs: readonly LogSpec[]): Scenario {
  const { store, trail } = auditTrail();
  trail.hour({ logs });
  trail.hour({ logs: 1 });
  return scenarioOf(store, trail);
}

function recordsOf(...records: readonly string[]): LogSpec {
  return { content: Buffer.from(`{"Records":[${records.join(',')}]}`) };
}

describe('an export', () => {
  test('has the columns of Athena, in its order, and where each row comes from', async () => {
    const record = JSON.stringify({
      eventVersion: '1.11',
      eventTime: '2026-10-05T09:13:00Z',
      eventSource: 'dynamodb.amazonaws.com',
      eventName: 'DeleteItem',
      userIdentity: { type: 'AssumedRole', sessionContext: { sessionIssuer: { userName: 'app' } } },
      requestParameters: { tableName: 'Orders', key: { id: 7 } },
      responseElements: null,
      readOnly: false,
      resources: [{ ARN: 'arn:aws:dynamodb:us-east-1:111122223333:table/Orders', accountId: '111122223333' }],
      notYetKnown: { a: 1 },
    }).replace('"id":7', '"id":7.0');
    const { rows, document } = await exported(trailWith(recordsOf(record)));
    const row = rows.find(({ eventname }) => eventname === 'DeleteItem');
    expect(Object.keys(row ?? {})).toEqual([
      ...Object.keys(RECORD).map((field) => field.toLowerCase()),
      ...Object.keys(PROVENANCE),
      ...[...PARTITIONS].sort(),
    ]);
    expect(row).toMatchObject({
      eventtime: '2026-10-05T09:13:00Z',
      useridentity: { type: 'AssumedRole', sessioncontext: { sessionissuer: { username: 'app' } } },
      requestparameters: '{"tableName":"Orders","key":{"id":7.0}}',
      responseelements: null,
      readonly: 'false',
      resources: [{ arn: 'arn:aws:dynamodb:us-east-1:111122223333:table/Orders', type: null }],
      account: '111122223333',
      region: 'us-east-1',
      day: '2026-10-05',
      record: 0,
      // Byte for byte, fields that no column has among it.
      event_json: record,
    });
    expect(document.files.map((file) => file.path)).toEqual([
      'events/account=111122223333/region=us-east-1/day=2026-10-05/part-000001.parquet',
      'manifest/part-000001.parquet',
    ]);
  });

  test('takes any type in any field, in one file and across files', async () => {
    const odd = ['1', 'true', 'null', '"text"', '[1]', '{"a":{}}', '1e999', '{"ARN":1}'];
    const { rows } = await exported(
      trailWith(
        ...odd.map((value) =>
          recordsOf(
            `{"eventName":"Odd","requestParameters":${value},"resources":${value},"userIdentity":${value},"eventTime":${value},"readOnly":${value}}`,
          ),
        ),
        recordsOf(
          '{"eventName":"Odd","userIdentity":{"sessionContext":"x","userName":{"a":1}},"resources":[1,{"ARN":2}]}',
        ),
      ),
    );
    expect(rows.filter(({ eventname }) => eventname === 'Odd')).toHaveLength(odd.length + 1);
  });

  test('keeps texts that are hard to keep', async () => {
    const half = String.raw`{"eventName":"Odd","userAgent":"\ud800 \\ud800 \uDFFFx\uD83d\uDE00"}`;
    const whole = String.raw`{"eventName":"Odd","userAgent":"\ufffd \\ud800 \ufffdx\uD83d\uDE00"}`;
    const records = [
      '{"eventName":"Odd","userAgent":"a\\u0000b"}',
      '{"eventName":"Odd","userAgent":"\\ud83d\\ude00 ä 😀"}',
      `{"eventName":"Odd","requestParameters":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    ];
    const { rows } = await exported(trailWith(recordsOf(...records, half)));
    const found = rows.filter(({ event_json: json }) => json.includes('"Odd"')).map((row) => row.event_json);
    expect(found.toSorted()).toEqual([...records, whole].toSorted());
    expect(rows.find(({ event_json: json }) => json === whole)?.useragent).toBe('\ufffd \\ud800 \ufffdx😀');
  });

  test('has no events of intact files that hold none, and names them', async () => {
    const { report, document, rows, manifest } = await exported(
      trailWith(
        { content: Buffer.from('no JSON') },
        { content: Buffer.from('{"Records":[{"eventName":"Twice"}],"Records":[]}') },
        recordsOf('{"eventName":"Good"}'),
      ),
    );
    expect(report.verdict).toBe('VALID');
    expect(document.unreadable.map(({ problem }) => problem).toSorted()).toEqual([
      'is not JSON',
      'names its records twice',
    ]);
    expect(JSON.stringify(rows)).not.toContain('Twice');
    expect(manifest).toHaveLength(document.logFiles);
  });

  test('takes a record of 60 MB', async () => {
    const long = `{"eventName":"Long","requestParameters":{"a":"${'x'.repeat(60e6)}"}}`;
    const { rows } = await exported(trailWith(recordsOf(long), recordsOf('{"eventName":"Short"}')));
    const row = rows.find(({ eventname }) => eventname === 'Long');
    expect(row?.event_json.length).toBe(long.length);
  }, 60_000);

  test('takes many long records, in one file or in many', async () => {
    const long = (at: number): string =>
      `{"eventName":"Long","requestParameters":{"a":"${String(at).padEnd(30_000, 'x')}"}}`;
    const records = Array.from({ length: 1500 }, (_, at) => long(at));
    const many = Array.from({ length: 30 }, (_, at) => recordsOf(...records.slice(at * 50, at * 50 + 50)));
    const { rows } = await exported(trailWith(recordsOf(...records), ...many));
    expect(rows.filter(({ eventname }) => eventname === 'Long')).toHaveLength(2 * records.length);
  }, 60_000);

  test('of a trail without a log file is whole', async () => {
    const { store, trail } = auditTrail();
    trail.hour({ logs: [] });
    const { document, rows } = await exported(scenarioOf(store, trail));
    expect({ ...document, tool: undefined, report: undefined }).toMatchObject({
      logFiles: 0,
      events: 0,
      files: [],
    });
    expect(rows).toEqual([]);
  });

  test('leaves nothing but its files, and nothing at all when it is given up', async () => {
    const { folder } = await exported(trailWith(recordsOf('{"eventName":"Good"}')));
    expect(readdirSync(folder).toSorted()).toEqual(['events', 'manifest']);
    const other = temporaryFolder();
    const events = await openEventsExport(other);
    await events.discard();
    expect(readdirSync(other)).toEqual([]);
  });

  test('does not follow the bytes that a file had before it was judged', async () => {
    const folder = temporaryFolder();
    const events = await openEventsExport(folder);
    const bytes = gzip('{"Records":[{"eventName":"Other"}]}');
    await events.take({
      kind: 'log',
      ref: { bucket: 'example-trail-logs', key: 'a' },
      stored: { bytes, metadata: undefined },
      chain: 'c',
      outcome: 'valid',
      listed: {
        bucket: 'example-trail-logs',
        key: 'a',
        sha256: sha256(Buffer.from('as it was judged')),
      } as never,
      digest: { bucket: 'example-trail-logs', key: 'd' },
    });
    const report = await verifyTrail({
      source: memorySource(trailWith().store),
      targets: trailWith().targets,
      keyRing: ringOf(trailWith()),
      clock: fixedClock(trailWith().now),
    });
    await expect(events.finish(report, HASH)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('other than it was judged'),
    });
    expect(existsSync(path.join(folder, 'events'))).toBe(false);
  });

  test('is refused where its rows are not those of the report', async () => {
    const scenario = trailWith(recordsOf('{"eventName":"Good"}'));
    const report = await verifyTrail({
      source: memorySource(scenario.store),
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
    });
    const events = await openEventsExport(temporaryFolder());
    await expect(events.finish(report, HASH)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

test('a planted event is in the bucket and not in the export', async () => {
  const { store, trail } = auditTrail(3);
  const key = trail.logAt(2, 0).key.replace(/_[A-Za-z0-9]{16}\.json\.gz$/, '_AAAAAAAAAAAAAAAA.json.gz');
  plantObject(
    store,
    { bucket: trail.logAt(2, 0).bucket, key },
    gzip('{"Records":[{"eventName":"DeleteItem"}]}'),
    0,
  );
  const { report, rows } = await exported(scenarioOf(store, trail));
  expect(report.findings.map(({ code }) => code)).toContain('LOG_UNLISTED');
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain('DeleteItem');
});
