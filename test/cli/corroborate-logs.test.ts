/** A report held against the log group that its trail also sends to. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { auditTrail } from '../../fixtures/scenario.ts';
import { DAY, isoTime, MINUTE } from '../../src/base/clock.ts';
import type { CorroborationDocument } from '../../src/witness/document.ts';
import type { LogEventData, LogGroupData } from '../support/aws-server/options.ts';
import { corroborationBench, ids } from '../support/corroboration-run.ts';
import { deleteObject } from '../support/damage.ts';
import { historyOf, idsIn, recordsIn } from '../support/event-history.ts';
import { GROUP_ARN, logGroup, loggedTrail, sentToLogs } from '../support/log-group.ts';
import type { DeliveredLog } from '../support/test-digest.ts';

const ACCOUNT = '111122223333';
const MANAGEMENT = '444455556666';
const STREAM = `${ACCOUNT}_CloudTrail_us-east-1`;

const bench = corroborationBench();
beforeEach(() => {
  const logGroups = [logGroup(sentToLogs(bench.trail.logFiles))];
  Object.assign(bench.options, { trails: [loggedTrail()], logGroups });
});

/** Verifies the bucket without one log file, and asks about it. */
async function corroborate(...more: readonly string[]) {
  await bench.verify();
  bench.server.requests.length = 0;
  const witness = more.includes('--with') ? [] : ['--with', 'cloudwatch-logs'];
  return bench.corroborate(...witness, ...more);
}

/** The log file that is deleted. */
const lost = (): DeliveredLog => bench.logAt(5);

const refusalIn = (document: CorroborationDocument | undefined): string | undefined =>
  document?.witnesses[0]?.places[0]?.refusal;
const countOf = (operation: string): number =>
  bench.server.requests.filter((one) => one.operation === operation).length;

describe('what is recovered', () => {
  beforeEach(() => deleteObject(bench.store, lost()));

  test('is what a missing log file held, data events as well', async () => {
    bench.trail.hour({ logs: [{ eventName: 'PutObject', events: 3 }] });
    const withData = bench.trail.logFiles.at(-1) ?? lost();
    bench.options.logGroups = [logGroup(sentToLogs(bench.trail.logFiles))];
    bench.options.eventHistory = historyOf(bench.trail.logFiles);
    deleteObject(bench.store, withData);
    expect(recordsIn(withData.content).map(({ eventCategory }) => eventCategory)).toContain('Data');

    const { exitCode, out, document, recovered, unlogged } = await corroborate();
    expect(exitCode).toBe(1);
    expect(ids(recovered)).toEqual([...idsIn(lost()), ...idsIn(withData)].sort());
    expect(recovered.map(({ event }) => event.eventCategory)).toContain('Data');
    expect(unlogged).toEqual([]);
    expect(document).toMatchObject({ result: 'recovered', findings: [] });
    expect(document?.witnesses).toMatchObject([
      { kind: 'cloudwatch-logs', differing: 0, unlogged: 0, refused: 0, recovered: recovered.length },
    ]);
    expect(document?.witnesses[0]?.matched).toBeGreaterThan(0);
    expect(document?.limits.map(({ code }) => code)).toEqual([
      'WITNESS_UNSIGNED',
      'WITNESS_CHANGEABLE',
      'WITNESS_WITHOUT_LARGE_EVENTS',
      'WITNESS_ENDPOINT',
      'WITNESS_NEWEST_NOT_ASKED',
    ]);
    expect(out).toContain('cloudwatch-logs was asked about what the report lacks');
  });

  test('is one line a witness where two have it, and one event', async () => {
    const { document, recovered } = await corroborate('--with', 'event-history,cloudwatch-logs');
    const all = idsIn(lost()).length;
    const ofHistory = historyOf([lost()]).length;
    expect([all, ofHistory]).toEqual([2, 1]);
    expect(document?.witnesses.map(({ kind, recovered: count }) => [kind, count])).toEqual([
      ['event-history', ofHistory],
      ['cloudwatch-logs', all],
    ]);
    expect(recovered.map(({ witness }) => witness)).toEqual([
      'event-history',
      'cloudwatch-logs',
      'cloudwatch-logs',
    ]);
    expect(document?.recovered).toMatchObject({ lines: all + ofHistory, events: all });
    expect([...new Set(ids(recovered))]).toEqual(idsIn(lost()));
  });

  test('comes from numbered streams and behind empty pages', async () => {
    const events = sentToLogs(bench.trail.logFiles).map((one, index) =>
      index % 2 === 0 ? one : { ...one, stream: `${STREAM}_2` },
    );
    Object.assign(bench.options, { logGroups: [logGroup(events)], pageSize: 3, emptyLogPages: true });
    const { document, recovered } = await corroborate();
    expect(ids(recovered)).toEqual(idsIn(lost()));
    expect(document?.result).toBe('recovered');
    expect(countOf('FilterLogEvents')).toBeGreaterThan(3);
  });

  test('comes with the time of its delivery', async () => {
    const late = sentToLogs(bench.trail.logFiles).map((one) => ({
      ...one,
      timestamp: one.timestamp + 50 * MINUTE,
    }));
    bench.options.logGroups = [logGroup(late)];
    expect(ids((await corroborate()).recovered)).toEqual(idsIn(lost()));
  });

  test('comes after one refusal for haste', async () => {
    for (const operation of ['DescribeTrails', 'DescribeLogGroups', 'FilterLogEvents'])
      bench.server.faults.add({ kind: 'status', status: 400, code: 'ThrottlingException', operation });
    const { document, recovered } = await corroborate();
    expect(bench.server.faults.struck).toBe(3);
    expect(ids(recovered)).toEqual(idsIn(lost()));
    expect(document?.result).toBe('recovered');
  });

  test('comes from the streams of the trail of another Region, where the events of all Regions are', async () => {
    const elsewhere = auditTrail(6, {
      store: bench.store,
      region: 'eu-west-1',
      homeRegion: 'us-east-1',
    }).trail;
    const log = elsewhere.logFiles[5] ?? lost();
    deleteObject(bench.store, log);
    bench.options.trails = [loggedTrail({ IsMultiRegionTrail: true })];
    const sent = sentToLogs([...bench.trail.logFiles, ...elsewhere.logFiles], () => STREAM);
    bench.options.logGroups = [logGroup(sent)];
    const { document, recovered, unlogged } = await corroborate();
    expect(ids(recovered)).toEqual([...idsIn(lost()), ...idsIn(log)].sort());
    expect(unlogged).toEqual([]);
    expect(document?.witnesses[0]?.places.map(({ region, answered }) => [region, answered])).toEqual([
      ['eu-west-1', true],
      ['us-east-1', true],
    ]);
    // The group and the trails are the same; once more for what the trail leaves out, in each account.
    expect([countOf('DescribeTrails'), countOf('DescribeLogGroups')]).toEqual([2, 1]);
  });
});

describe('an organization', () => {
  const arn = `arn:aws:logs:us-east-1:${MANAGEMENT}:log-group:CloudTrail/logs`;

  beforeEach(async () => {
    await bench.begin({ organization: 'o-exampleorgid' });
    const shared = loggedTrail({
      TrailARN: `arn:aws:cloudtrail:us-east-1:${MANAGEMENT}:trail/audit`,
      IsOrganizationTrail: true,
      CloudWatchLogsLogGroupArn: `${arn}:*`,
    });
    const own = sentToLogs(
      bench.trail.logFiles,
      (account, region) => `o-exampleorgid_${account}_CloudTrail_${region}`,
    );
    const others = sentToLogs(
      bench.trail.logFiles,
      () => 'o-otherorgidx_111122223333_CloudTrail_us-east-1',
    ).map((one) => ({ ...one, message: 'of another organization' }));
    const group = logGroup([...own, ...others], { account: MANAGEMENT });
    Object.assign(bench.options, { accountId: MANAGEMENT, trails: [shared], logGroups: [group] });
    deleteObject(bench.store, lost());
  });

  test('has one group in its management account, with streams of its members', async () => {
    const { document, recovered } = await corroborate();
    expect(ids(recovered)).toEqual(idsIn(lost()));
    expect(document?.witnesses[0]).toMatchObject({
      refused: 0,
      places: [{ account: ACCOUNT, answered: true }],
    });
    expect(countOf('AssumeRole')).toBe(0);
  });

  test('is seen by a member, who may not ask its group', async () => {
    bench.options.accountId = ACCOUNT;
    const { document, recovered, exitCode } = await corroborate();
    expect(exitCode).toBe(1);
    expect(recovered).toEqual([]);
    expect(document?.result).toBe('incomplete');
    expect(refusalIn(document)).toBe(
      `the credentials are of account ${ACCOUNT}: name the role to assume with --member-role`,
    );
  });

  test('is asked in the role that may', async () => {
    bench.options.accountId = ACCOUNT;
    const { recovered } = await corroborate('--member-role', 'Auditor');
    expect(ids(recovered)).toEqual(idsIn(lost()));
    expect(countOf('AssumeRole')).toBeGreaterThan(0);
  });
});

describe('what is not answered', () => {
  beforeEach(() => deleteObject(bench.store, lost()));

  test.each(['cloudtrail:DescribeTrails', 'logs:FilterLogEvents'])('%s is refused', async (action) => {
    bench.options.deny = new Set([action]);
    const { document, recovered, out } = await corroborate();
    expect(recovered).toEqual([]);
    expect(document?.result).toBe('incomplete');
    expect(refusalIn(document)).toContain(`not authorized to perform: ${action}`);
    expect(out).toContain('Not answered:');
  });

  test('how long the group keeps events', async () => {
    bench.options.deny = new Set(['logs:DescribeLogGroups']);
    const { document, recovered } = await corroborate();
    expect(ids(recovered)).toEqual(idsIn(lost()));
    expect(document?.result).toBe('incomplete');
    expect(refusalIn(document)).toMatch(
      /^how long its log group keeps events is not known: .*DescribeLogGroups/,
    );
  });

  test('what the group keeps no longer', async () => {
    bench.options.logGroups = [logGroup([], { retentionInDays: 1 })];
    const later = isoTime(bench.now() + 2 * DAY);
    const { document } = await corroborate('--now', later);
    expect(refusalIn(document)).toBe('its log group keeps events for 1 day');
    expect(document?.result).toBe('incomplete');
  });

  test('what was before the group was made, or is masked in it', async () => {
    bench.options.logGroups = [logGroup([], { retentionInDays: 30, created: bench.now(), isMasked: true })];
    expect(refusalIn((await corroborate()).document)).toBe(
      `its log group was made at ${isoTime(bench.now())}; its log group masks parts of events, so that they may differ`,
    );
  });

  test('by a trail without a group', async () => {
    bench.options.trails = [loggedTrail({ CloudWatchLogsLogGroupArn: '' })];
    const { document, exitCode } = await corroborate();
    expect(exitCode).toBe(1);
    expect(refusalIn(document)).toBe('no trail of it sends to CloudWatch Logs');
    expect(countOf('FilterLogEvents')).toBe(0);
  });

  test('by a trail that is not known', async () => {
    bench.options.trails = [loggedTrail({ Name: 'other' })];
    expect(refusalIn((await corroborate()).document)).toBe('trail audit: CloudTrail does not know it');
  });

  test('by a group that is gone', async () => {
    bench.options.logGroups = [];
    expect(refusalIn((await corroborate()).document)).toContain('its log group is gone');
  });
});

describe('a log group', () => {
  const all = (): LogGroupData[] => [logGroup(sentToLogs(bench.trail.logFiles))];

  test.each<readonly [string, () => readonly LogGroupData[], number]>([
    ['that has all', all, 0],
    ['whose streams are deleted', () => [logGroup([])], 3],
    ['that lacks one event', () => [logGroup(sentToLogs(bench.trail.logFiles).slice(1))], 3],
  ])('%s', async (_, groups, code) => {
    expect(await bench.verify()).toBe(0);
    bench.options.logGroups = groups();
    const { exitCode, document } = await corroborate('--all');
    expect(exitCode).toBe(code);
    expect(document?.result).toBe(code === 0 ? 'nothing-recovered' : 'incomplete');
    expect((document?.witnesses[0]?.lacking ?? 0) > 0).toBe(code !== 0);
  });

  test('is not to have an event that is too large for it', async () => {
    const [large] = recordsIn(bench.trail.logFiles[0]?.content ?? new Uint8Array());
    const { trail } = auditTrail(0, { store: bench.store, region: 'eu-west-1', homeRegion: 'us-east-1' });
    const record = {
      ...large,
      eventID: 'large',
      awsRegion: 'eu-west-1',
      eventTime: isoTime(trail.end + 20 * MINUTE),
      userAgent: 'x'.repeat(300_000),
    };
    trail
      .hour({ logs: [{ content: Buffer.from(JSON.stringify({ Records: [record] })) }] })
      .hours(5, { logs: 1 });
    bench.options.trails = [loggedTrail({ IsMultiRegionTrail: true })];
    const sent = [...bench.trail.logFiles, ...trail.logFiles.slice(1)];
    bench.options.logGroups = [logGroup(sentToLogs(sent, () => STREAM))];
    expect(await bench.verify()).toBe(0);
    const { exitCode, document } = await corroborate('--all');
    expect(document?.witnesses[0]?.lacking).toBe(0);
    expect(exitCode).toBe(0);
  });
});

test('a trail without a group is no matter where another of the place has one', async () => {
  auditTrail(6, { store: bench.store, trail: 'second', seed: 'second' });
  deleteObject(bench.store, lost());
  bench.options.trails = [
    loggedTrail(),
    loggedTrail({
      Name: 'second',
      TrailARN: `arn:aws:cloudtrail:us-east-1:${ACCOUNT}:trail/second`,
      CloudWatchLogsLogGroupArn: '',
    }),
  ];
  const { document, recovered } = await corroborate();
  expect(ids(recovered)).toEqual(idsIn(lost()));
  expect(document?.witnesses[0]?.places).toMatchObject([{ answered: true }]);
});

describe('a group that somebody writes to', () => {
  beforeEach(() => deleteObject(bench.store, lost()));

  const at = (message: string): LogEventData => ({
    stream: STREAM,
    timestamp: (bench.trail.logFiles[5]?.deliveredAt ?? 0) - MINUTE,
    message,
  });
  const planted = (changes: object): LogEventData => {
    const [record] = recordsIn(lost().content);
    return at(JSON.stringify({ ...record, ...changes }));
  };

  test('has nothing believed that is no event of the account', async () => {
    const hostile = [
      at('{"eventID":'),
      at('"text"'),
      at('[]'),
      at('['.repeat(100_000)),
      at(`{"eventID":"${'x'.repeat((1 << 20) + 1)}"}`),
      planted({ eventID: 'e1', recipientAccountId: '777788889999' }),
      planted({ eventID: 7 }),
      { ...planted({ eventID: 'e2' }), stream: `${STREAM}_\u001b[2J` },
    ];
    bench.options.logGroups = [logGroup([...sentToLogs(bench.trail.logFiles), ...hostile])];
    const { document, recovered, unlogged } = await corroborate();
    expect(ids(recovered)).toEqual(idsIn(lost()));
    expect(unlogged).toEqual([]);
    expect(document?.witnesses[0]?.refused).toBe(7);
    expect(document?.limits.find(({ code }) => code === 'WITNESS_REFUSED_EVENTS')?.text).toMatch(
      /^7 events in the answers of CloudWatch Logs are left out: 6 could not be read, 1 are of another account/,
    );
  });

  test('writes nothing to the terminal but letters', async () => {
    bench.options.logGroups = [
      logGroup([planted({ eventID: 'e\u001b[2J', eventName: '\u001b[31mRed\u202e' })]),
    ];
    const { out, recovered } = await corroborate();
    expect(recovered).toHaveLength(1);
    expect(out).toContain('Red');
    for (const hidden of ['\u001b[31m', '\u001b[2J', '\u202e']) expect(out).not.toContain(hidden);
  });

  test('is not asked under a name that is none', async () => {
    bench.options.trails = [loggedTrail({ CloudWatchLogsLogGroupArn: `${GROUP_ARN}\u001b[2J` })];
    const { document, out } = await corroborate();
    expect(refusalIn(document)).toBe('trail audit: the name of its log group cannot be read');
    expect(out).not.toContain('\u001b[2J');
    expect(countOf('FilterLogEvents')).toBe(0);
  });
});

test('a machine without the package is an error before anything is asked', async () => {
  vi.doMock('@aws-sdk/client-cloudwatch-logs', () => {
    throw new Error("Cannot find package '@aws-sdk/client-cloudwatch-logs'");
  });
  vi.resetModules();
  try {
    deleteObject(bench.store, lost());
    const { exitCode, error, document } = await corroborate('--with', 'event-history,cloudwatch-logs');
    expect(exitCode).toBe(2);
    expect(error).toContain('the package @aws-sdk/client-cloudwatch-logs is not installed');
    expect(document).toBeUndefined();
    expect(countOf('LookupEvents')).toBe(0);
  } finally {
    vi.doUnmock('@aws-sdk/client-cloudwatch-logs');
    vi.resetModules();
  }
});
