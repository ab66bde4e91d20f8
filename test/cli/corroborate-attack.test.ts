/** What an attack left: its acts are got back by name from the event history, of real records where they are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import type { AwsServerOptions } from '../support/aws-server.ts';
import { BUCKET, corroborationBench } from '../support/corroboration-run.ts';
import { deleteObject } from '../support/damage.ts';
import { historyOf, recordsIn } from '../support/event-history.ts';

const ACCOUNT = '111122223333';
const ARN = `arn:aws:cloudtrail:us-east-1:${ACCOUNT}:trail/audit`;

/** The trail has delivered nothing but its first digest. */
const bench = corroborationBench(0);

/** Verifies the bucket and asks the event history of all that the trail delivered, and of `more`. */
async function corroborate(options: AwsServerOptions, ...more: readonly string[]) {
  Object.assign(bench.options, options);
  await bench.verify();
  const { document, ...rest } = await bench.corroborate(...more);
  if (document === undefined) throw new Error(`nothing was written: ${rest.error}`);
  return { ...rest, document };
}

const REAL =
  process.env.TRAIL_VERIFY_REAL_LOGS ??
  fileURLToPath(new URL('../../../shared/data/stratus-attack-logs', import.meta.url));
const isThere = existsSync(REAL);
if (!isThere) console.log(`skipped, for there is no folder ${REAL} (TRAIL_VERIFY_REAL_LOGS)`);

describe.skipIf(!isThere)('the log files of an attack in which a trail is stopped', () => {
  test('are deleted, and the act is got back by name', async () => {
    const files = readdirSync(REAL)
      .filter((name) => name.endsWith('.json.gz'))
      .sort();
    for (const name of files) {
      // The acts are those of the attack; the account and the time are this trail's.
      const records = recordsIn(gunzipSync(readFileSync(path.join(REAL, name)))).map((record) => ({
        ...record,
        eventTime: isoTime(bench.trail.end + 30 * MINUTE),
        recipientAccountId: ACCOUNT,
        awsRegion: 'us-east-1',
        eventCategory: 'Management',
      }));
      bench.trail.hour({ logs: [{ content: Buffer.from(JSON.stringify({ Records: records })) }] });
    }
    const guilty = bench.trail.logFiles.filter(({ content }) =>
      Buffer.from(content).includes('"StopLogging"'),
    );
    expect(guilty.length).toBeGreaterThan(0);
    const removed = guilty.flatMap((log) => recordsIn(log.content));
    const elsewhere = new Set(
      bench.trail.logFiles
        .filter((log) => !guilty.includes(log))
        .flatMap(({ content }) => recordsIn(content).map(({ eventID }) => eventID)),
    );
    for (const log of guilty) deleteObject(bench.store, log);
    const { exitCode, out, recovered, document } = await corroborate({
      eventHistory: historyOf(bench.trail.logFiles),
    });
    expect(exitCode).toBe(1);
    expect(document.result).toBe('recovered');
    const wanted = removed.filter(({ eventID }) => !elsewhere.has(eventID));
    const byId = (one: unknown, other: unknown): number =>
      JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
    expect(recovered.map(({ event }) => event).sort(byId)).toEqual([...wanted].sort(byId));
    expect(recovered.map(({ eventName }) => eventName)).toContain('StopLogging');
    expect(out).toContain('StopLogging');
  });
});

const RECORD = {
  eventVersion: '1.11',
  eventSource: 'ec2.amazonaws.com',
  awsRegion: 'us-east-1',
  recipientAccountId: ACCOUNT,
  eventCategory: 'Management',
  managementEvent: true,
};

/** Log files with one event each, at minutes of the next hour. */
function hourOf(
  ...events: readonly {
    readonly minute: number;
    readonly name: string;
    readonly readOnly?: boolean;
    readonly source?: string;
    readonly requestParameters?: unknown;
  }[]
): void {
  bench.trail.hour({
    logs: events.map(
      ({ minute, name, readOnly = false, source = 'ec2.amazonaws.com', requestParameters }) => ({
        content: Buffer.from(
          JSON.stringify({
            Records: [
              {
                ...RECORD,
                eventID: `${name}-${minute}`,
                eventName: name,
                eventSource: source,
                readOnly,
                requestParameters,
                eventTime: isoTime(bench.trail.end + minute * MINUTE),
              },
            ],
          }),
        ),
      }),
    ),
  });
}

describe('a trail that leaves events out', () => {
  const selectors = {
    EventSelectors: [
      {
        ReadWriteType: 'WriteOnly',
        IncludeManagementEvents: true,
        DataResources: [],
        ExcludeManagementEventSources: ['kms.amazonaws.com'],
      },
    ],
  };
  const trails = [
    {
      Name: 'audit',
      S3BucketName: BUCKET,
      HomeRegion: 'us-east-1',
      TrailARN: ARN,
      LogFileValidationEnabled: true,
    },
  ];

  test('is no news where the witness has them: its selectors explain them', async () => {
    hourOf({ minute: 10, name: 'RunInstances' });
    hourOf({ minute: 10, name: 'StartInstances' });
    const logged = historyOf(bench.trail.logFiles);
    const at = (name: string, source: string, readOnly: boolean) => {
      const eventTime = isoTime(bench.trail.end - 90 * MINUTE);
      const text = JSON.stringify({
        ...RECORD,
        eventID: name,
        eventName: name,
        eventSource: source,
        readOnly,
        eventTime,
      });
      return {
        account: ACCOUNT,
        region: 'us-east-1',
        id: name,
        time: Date.parse(eventTime),
        category: 'management' as const,
        text,
      };
    };
    const unlogged = [
      at('Decrypt', 'kms.amazonaws.com', true),
      at('ScheduleKeyDeletion', 'kms.amazonaws.com', false),
      at('DescribeHosts', 'ec2.amazonaws.com', true),
    ];
    const eventHistory = [...logged, ...unlogged];
    const explained = await corroborate(
      { eventHistory, trails, eventSelectors: { [ARN]: selectors } },
      '--all',
    );
    expect(explained.document.findings.map(({ eventId, explainedBy }) => [eventId, explainedBy])).toEqual([
      ['Decrypt', 'selectors'],
      ['DescribeHosts', 'selectors'],
      ['ScheduleKeyDeletion', 'selectors'],
    ]);
    expect([explained.exitCode, explained.document.result]).toEqual([0, 'nothing-recovered']);
    expect(explained.out.replace(/\s+/g, ' ')).toContain('the selectors of the trail leave 3 of these out');
  });

  test('explains nothing where it records the event, or where nobody says what it records', async () => {
    hourOf({ minute: 10, name: 'RunInstances' });
    hourOf({ minute: 10, name: 'StartInstances' });
    const [first] = historyOf(bench.trail.logFiles);
    if (first === undefined) throw new Error('no event');
    const text = JSON.stringify({ ...JSON.parse(first.text), eventID: 'planted' });
    const eventHistory = [...historyOf(bench.trail.logFiles), { ...first, id: 'planted', text }];
    const { document, exitCode } = await corroborate(
      { eventHistory, trails, eventSelectors: { [ARN]: selectors } },
      '--all',
    );
    expect(document.findings).toMatchObject([{ code: 'EVENT_UNLOGGED', eventId: 'planted' }]);
    expect(document.findings[0]).not.toHaveProperty('explainedBy');
    expect([exitCode, document.result, document.report.verdict]).toEqual([3, 'unproven', 'VALID']);
  });

  test('has its events recovered with a mark, where the time is not covered', async () => {
    hourOf({ minute: 10, name: 'RunInstances' }, { minute: 20, name: 'DescribeHosts', readOnly: true });
    for (const log of bench.trail.logFiles) deleteObject(bench.store, log);
    const { recovered, document } = await corroborate({
      eventHistory: historyOf(bench.trail.logFiles),
      trails,
      eventSelectors: { [ARN]: selectors },
    });
    expect(recovered.map(({ eventName, explainedBy }) => [eventName, explainedBy])).toEqual([
      ['RunInstances', undefined],
      ['DescribeHosts', 'selectors'],
    ]);
    expect(document.witnesses[0]).toMatchObject({ recovered: 2, leftOut: 1 });
  });
});

describe('where the newest digests are not proven', () => {
  test('all is asked that came after them', async () => {
    bench.trail.hours(3, { logs: 1 });
    hourOf({ minute: 20, name: 'RunInstances' });
    hourOf({ minute: 20, name: 'StopInstances' });
    for (const digest of [bench.trail.digestAt(-1), bench.trail.digestAt(-2)])
      bench.store.put(BUCKET, digest.key, Buffer.from('no digest'));
    const { recovered } = await corroborate({ eventHistory: historyOf(bench.trail.logFiles) });
    expect(recovered.map(({ eventName }) => eventName)).toEqual(
      expect.arrayContaining(['RunInstances', 'StopInstances']),
    );
  });

  test('a log file that no digest names yet is no news', async () => {
    bench.trail.hours(4, { logs: 1 });
    const [undigested] = bench.trail.undigested(1, bench.trail.end, bench.trail.end + 30 * MINUTE);
    if (undigested === undefined) throw new Error('no log file');
    const { exitCode, document } = await corroborate(
      { eventHistory: historyOf(bench.trail.logFiles) },
      '--all',
    );
    expect([exitCode, document.findings]).toEqual([0, []]);
  });
});

describe('where a whole hour is gone', () => {
  const idsOf = (logs: readonly { readonly content: Uint8Array }[]) =>
    logs.flatMap(({ content }) => recordsIn(content).map(({ eventID }) => eventID)).sort();
  const found = (recovered: readonly { readonly event: unknown }[]) =>
    recovered.map(({ event }) => (event as { readonly eventID: string }).eventID).sort();

  test('that was the first of the chain, its events are recovered', async () => {
    hourOf({ minute: 20, name: 'RunInstances' });
    const lost = bench.trail.logFiles.slice();
    bench.trail.hours(4, { logs: 1 });
    for (const digest of [bench.trail.digestAt(0), bench.trail.digestAt(1)])
      deleteObject(bench.store, digest);
    for (const log of lost) deleteObject(bench.store, log);
    const { recovered } = await corroborate({ eventHistory: historyOf(bench.trail.logFiles) });
    expect(found(recovered)).toEqual(idsOf(lost));
  });

  test('that a backfill digest covered, its late log files are recovered', async () => {
    bench.trail.hours(6, { logs: 1 });
    const late = bench.trail.backfill(bench.trail.digestAt(3), {
      logs: [
        {
          content: Buffer.from(
            JSON.stringify({
              Records: [
                {
                  ...RECORD,
                  eventID: 'late',
                  eventName: 'RunInstances',
                  eventTime: isoTime(bench.trail.digestAt(3).endTime - 20 * MINUTE),
                },
              ],
            }),
          ),
        },
      ],
    });
    bench.trail.backfill(bench.trail.digestAt(4), { logs: 1 });
    deleteObject(bench.store, late);
    for (const log of late.logs) deleteObject(bench.store, log);
    const { recovered } = await corroborate({ eventHistory: historyOf(bench.trail.logFiles) });
    expect(found(recovered)).toContain('late');
  });

  test('with all that the trail had of Insights, those events are recovered too', async () => {
    bench.trail.hours(2, { logs: 1 });
    bench.trail.hour({ logs: [{ family: 'insights' }, {}] });
    const lost = bench.trail.digestAt(-1);
    bench.trail.hours(2, { logs: 1 });
    deleteObject(bench.store, lost);
    for (const log of lost.logs) deleteObject(bench.store, log);
    const { recovered } = await corroborate({ eventHistory: historyOf(bench.trail.logFiles) });
    expect(found(recovered)).toEqual(
      historyOf(lost.logs)
        .map(({ id }) => id)
        .sort(),
    );
    expect(recovered.map(({ eventName }) => eventName)).toContain('AwsCloudTrailInsight');
  });
});

describe('an event whose record names what it likes', () => {
  const parsed = (text: string): unknown => JSON.parse(text);
  const proto = parsed('{"tags":{"__proto__":{"a":1},"constructor":2}}');

  test('in a field called __proto__ is recovered and compared like any other', async () => {
    bench.trail.hours(1, { logs: 1 });
    hourOf({ minute: 10, name: 'Lost', requestParameters: proto });
    const lost = bench.trail.logFiles.at(-1);
    hourOf({ minute: 10, name: 'Kept', requestParameters: proto });
    hourOf({ minute: 10, name: 'Changed', requestParameters: proto });
    bench.trail.hours(1, { logs: 1 });
    if (lost !== undefined) deleteObject(bench.store, lost);
    const eventHistory = historyOf(bench.trail.logFiles).map((one) =>
      one.id.startsWith('Changed') ? { ...one, text: one.text.replace('{"a":1}', '{"a":2}') } : one,
    );
    const { recovered, document } = await corroborate({ eventHistory }, '--all');
    expect(
      recovered.map(({ eventName, event }) => [eventName, JSON.stringify(event.requestParameters)]),
    ).toEqual([['Lost', JSON.stringify(proto)]]);
    expect(document.witnesses[0]).toMatchObject({ refused: 0, lacking: 0, differing: 1 });
    expect(document.findings.map(({ eventName, fields }) => [eventName, fields])).toEqual([
      ['Changed', [{ path: 'requestParameters.tags.__proto__.a', verified: '1', witness: '2' }]],
    ]);
  });
});

describe('at the edges of time', () => {
  test('an event of the hour before a gap belongs to it, and an earlier one was not asked for', async () => {
    bench.trail.hours(2, { logs: 1 });
    const begin = bench.trail.end;
    hourOf(
      { minute: -60, name: 'AtTheEdge' },
      { minute: -61, name: 'Before' },
      { minute: 0, name: 'First' },
      { minute: 60, name: 'Last' },
    );
    const lost = bench.trail.logFiles.slice(-4);
    bench.trail.hours(2, { logs: 1 });
    for (const log of lost) deleteObject(bench.store, log);
    const { recovered, document } = await corroborate({ eventHistory: historyOf(bench.trail.logFiles) });
    expect(recovered.map(({ eventName }) => eventName)).toEqual(['AtTheEdge', 'First', 'Last']);
    expect(document.witnesses[0]?.places[0]?.asked).toEqual([
      { from: isoTime(begin - HOUR), to: isoTime(begin + HOUR) },
    ]);
  });

  test('an event that was delivered hours later is not recovered, for a proven file holds it', async () => {
    hourOf({ minute: 10, name: 'Lost' });
    const lost = bench.trail.logFiles.at(-1);
    hourOf({ minute: 10, name: 'Other' });
    bench.trail.hours(5, { logs: 1 });
    hourOf({ minute: -6 * 60 - 50, name: 'Late' });
    if (lost !== undefined) deleteObject(bench.store, lost);
    const { recovered, document } = await corroborate({ eventHistory: historyOf(bench.trail.logFiles) });
    expect(recovered.map(({ eventName }) => eventName)).toEqual(['Lost']);
    expect(document.witnesses[0]?.matched).toBeGreaterThanOrEqual(1);
  });

  test('--all does not ask about what is on its way to the next digest', async () => {
    bench.trail.hours(2, { logs: 1 });
    const { document } = await corroborate({ eventHistory: historyOf(bench.trail.logFiles) }, '--all');
    expect(document.witnesses[0]?.places[0]?.asked.at(-1)?.to).toBe(isoTime(bench.trail.end - HOUR));
    expect(document.result).toBe('nothing-recovered');
  });
});
