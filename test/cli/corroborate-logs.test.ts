/** A report held against the log group that its trail also sends to. */
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { auditTrail, START } from '../../fixtures/scenario.ts';
import { DAY, HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import type { CorroborationDocument } from '../../src/witness/document.ts';
import type { LogEventData } from '../support/aws-server/options.ts';
import { type AwsServer, type AwsServerOptions, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import { atServer, keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from '../support/command.ts';
import { deleteObject } from '../support/damage.ts';
import { historyOf, recordsIn } from '../support/event-history.ts';
import { GROUP_ARN, logGroup, loggedTrail, sentToLogs } from '../support/log-group.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { DeliveredLog } from '../support/test-digest.ts';
import type { TestTrail } from '../support/test-trail.ts';

const HOME = process.cwd();
const BUCKET = 'example-trail-logs';
const ACCOUNT = '111122223333';
const MANAGEMENT = '444455556666';
const STREAM = `${ACCOUNT}_CloudTrail_us-east-1`;

let server: AwsServer;
let store: ObjectStore;
let trail: TestTrail;
let options: AwsServerOptions;

beforeEach(async () => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  store = new ObjectStore(() => START);
  store.createBucket(BUCKET);
  ({ trail } = auditTrail(6, { store }));
  options = {
    store,
    publicKeys: serverKeys(),
    now: () => now(),
    trails: [loggedTrail()],
    eventHistory: historyOf(trail.logFiles),
    logGroups: [logGroup(sentToLogs(trail.logFiles))],
  };
  server = await startAwsServer(options);
});
afterEach(async () => {
  await server.close();
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

function now(): number {
  return trail.end + HOUR + 30 * MINUTE;
}

/** Verifies the bucket without one log file, and asks about it. */
async function corroborate(...more: readonly string[]) {
  const target = [`s3://${BUCKET}`, '--now', isoTime(now()), '--no-sign', '--output', 'out'];
  await runCommand(['verify', ...target, ...keysAtServer(server)]);
  server.requests.length = 0;
  const args = ['out/report.json', '--now', isoTime(now()), '--output', 'witness', '--no-sign'];
  const witness = more.includes('--with') ? [] : ['--with', 'cloudwatch-logs'];
  const result = await runCommand(['corroborate', ...args, ...witness, ...atServer(server), ...more]);
  const document: CorroborationDocument | undefined = existsSync('witness/corroboration.json')
    ? JSON.parse(readFileSync('witness/corroboration.json', 'utf8'))
    : undefined;
  return { ...result, document, recovered: linesOf('recovered.jsonl'), unlogged: linesOf('unlogged.jsonl') };
}

function linesOf(name: string): readonly Line[] {
  if (!existsSync(`witness/${name}`)) return [];
  const lines = readFileSync(`witness/${name}`, 'latin1').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

interface Line {
  readonly witness: string;
  readonly eventId: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** The log file that is deleted. */
function lost(): DeliveredLog {
  const log = trail.logFiles[5];
  if (log === undefined) throw new Error('the trail has no such log file');
  return log;
}

const ids = (lines: readonly Line[]): readonly string[] => lines.map(({ eventId }) => eventId).sort();
const idsIn = (log: DeliveredLog): readonly (string | undefined)[] =>
  recordsIn(log.content)
    .map(({ eventID }) => eventID)
    .sort();
const refusalIn = (document: CorroborationDocument | undefined): string | undefined =>
  document?.witnesses[0]?.places[0]?.refusal;
const countOf = (operation: string): number =>
  server.requests.filter((one) => one.operation === operation).length;

describe('what is recovered', () => {
  beforeEach(() => deleteObject(store, lost()));

  test('is what a missing log file held, data events as well', async () => {
    trail.hour({ logs: [{ eventName: 'PutObject', events: 3 }] });
    const withData = trail.logFiles.at(-1) ?? lost();
    options.logGroups = [logGroup(sentToLogs(trail.logFiles))];
    options.eventHistory = historyOf(trail.logFiles);
    deleteObject(store, withData);
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
    const events = sentToLogs(trail.logFiles).map((one, index) =>
      index % 2 === 0 ? one : { ...one, stream: `${STREAM}_2` },
    );
    Object.assign(options, { logGroups: [logGroup(events)], pageSize: 3, emptyLogPages: true });
    const { document, recovered } = await corroborate();
    expect(ids(recovered)).toEqual(idsIn(lost()));
    expect(document?.result).toBe('recovered');
    expect(countOf('FilterLogEvents')).toBeGreaterThan(3);
  });

  test('comes with the time of its delivery', async () => {
    const late = sentToLogs(trail.logFiles).map((one) => ({
      ...one,
      timestamp: one.timestamp + 50 * MINUTE,
    }));
    options.logGroups = [logGroup(late)];
    expect(ids((await corroborate()).recovered)).toEqual(idsIn(lost()));
  });

  test('comes after one refusal for haste', async () => {
    for (const operation of ['DescribeTrails', 'DescribeLogGroups', 'FilterLogEvents'])
      server.faults.add({ kind: 'status', status: 400, code: 'ThrottlingException', operation });
    const { document, recovered } = await corroborate();
    expect(server.faults.struck).toBe(3);
    expect(ids(recovered)).toEqual(idsIn(lost()));
    expect(document?.result).toBe('recovered');
  });

  test('comes from the streams of the trail of another Region, where the events of all Regions are', async () => {
    const elsewhere = auditTrail(6, { store, region: 'eu-west-1', homeRegion: 'us-east-1' }).trail;
    const log = elsewhere.logFiles[5] ?? lost();
    deleteObject(store, log);
    options.trails = [loggedTrail({ IsMultiRegionTrail: true })];
    const sent = sentToLogs([...trail.logFiles, ...elsewhere.logFiles], () => STREAM);
    options.logGroups = [logGroup(sent)];
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
    store = new ObjectStore(() => START);
    store.createBucket(BUCKET);
    ({ trail } = auditTrail(6, { store, organization: 'o-exampleorgid' }));
    const shared = loggedTrail({
      TrailARN: `arn:aws:cloudtrail:us-east-1:${MANAGEMENT}:trail/audit`,
      IsOrganizationTrail: true,
      CloudWatchLogsLogGroupArn: `${arn}:*`,
    });
    const own = sentToLogs(
      trail.logFiles,
      (account, region) => `o-exampleorgid_${account}_CloudTrail_${region}`,
    );
    const others = sentToLogs(trail.logFiles, () => 'o-otherorgidx_111122223333_CloudTrail_us-east-1').map(
      (one) => ({ ...one, message: 'of another organization' }),
    );
    const group = logGroup([...own, ...others], { account: MANAGEMENT });
    Object.assign(options, { store, accountId: MANAGEMENT, trails: [shared], logGroups: [group] });
    deleteObject(store, lost());
    // The store of a server is that of its start.
    await server.close();
    server = await startAwsServer(options);
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
    options.accountId = ACCOUNT;
    const { document, recovered, exitCode } = await corroborate();
    expect(exitCode).toBe(1);
    expect(recovered).toEqual([]);
    expect(document?.result).toBe('incomplete');
    expect(refusalIn(document)).toBe(
      `the credentials are of account ${ACCOUNT}: name the role to assume with --member-role`,
    );
  });

  test('is asked in the role that may', async () => {
    options.accountId = ACCOUNT;
    const { recovered } = await corroborate('--member-role', 'Auditor');
    expect(ids(recovered)).toEqual(idsIn(lost()));
    expect(countOf('AssumeRole')).toBeGreaterThan(0);
  });
});

describe('what is not answered', () => {
  beforeEach(() => deleteObject(store, lost()));

  test.each(['cloudtrail:DescribeTrails', 'logs:FilterLogEvents'])('%s is refused', async (action) => {
    options.deny = new Set([action]);
    const { document, recovered, out } = await corroborate();
    expect(recovered).toEqual([]);
    expect(document?.result).toBe('incomplete');
    expect(refusalIn(document)).toContain(`not authorized to perform: ${action}`);
    expect(out).toContain('Not answered:');
  });

  test('how long the group keeps events', async () => {
    options.deny = new Set(['logs:DescribeLogGroups']);
    const { document, recovered } = await corroborate();
    expect(ids(recovered)).toEqual(idsIn(lost()));
    expect(document?.result).toBe('incomplete');
    expect(refusalIn(document)).toMatch(
      /^how long its log group keeps events is not known: .*DescribeLogGroups/,
    );
  });

  test('what the group keeps no longer', async () => {
    options.logGroups = [logGroup([], { retentionInDays: 1 })];
    const later = isoTime(now() + 2 * DAY);
    const { document } = await corroborate('--now', later);
    expect(refusalIn(document)).toBe('its log group keeps events for 1 day');
    expect(document?.result).toBe('incomplete');
  });

  test('what was before the group was made, or is masked in it', async () => {
    options.logGroups = [logGroup([], { retentionInDays: 30, created: now(), isMasked: true })];
    expect(refusalIn((await corroborate()).document)).toBe(
      `its log group was made at ${isoTime(now())}; its log group masks parts of events, so that they may differ`,
    );
  });

  test('by a trail without a group', async () => {
    options.trails = [loggedTrail({ CloudWatchLogsLogGroupArn: '' })];
    const { document, exitCode } = await corroborate();
    expect(exitCode).toBe(1);
    expect(refusalIn(document)).toBe('no trail of it sends to CloudWatch Logs');
    expect(countOf('FilterLogEvents')).toBe(0);
  });

  test('by a trail that is not known', async () => {
    options.trails = [loggedTrail({ Name: 'other' })];
    expect(refusalIn((await corroborate()).document)).toBe('trail audit: CloudTrail does not know it');
  });

  test('by a group that is gone', async () => {
    options.logGroups = [];
    expect(refusalIn((await corroborate()).document)).toContain('its log group is gone');
  });
});

test('a trail without a group is no matter where another of the place has one', async () => {
  auditTrail(6, { store, trail: 'second', seed: 'second' });
  deleteObject(store, lost());
  options.trails = [
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
  beforeEach(() => deleteObject(store, lost()));

  const at = (message: string): LogEventData => ({
    stream: STREAM,
    timestamp: (trail.logFiles[5]?.deliveredAt ?? 0) - MINUTE,
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
    options.logGroups = [logGroup([...sentToLogs(trail.logFiles), ...hostile])];
    const { document, recovered, unlogged } = await corroborate();
    expect(ids(recovered)).toEqual(idsIn(lost()));
    expect(unlogged).toEqual([]);
    expect(document?.witnesses[0]?.refused).toBe(7);
    expect(document?.limits.find(({ code }) => code === 'WITNESS_REFUSED_EVENTS')?.text).toMatch(
      /^7 events in the answers of CloudWatch Logs are left out: 6 could not be read, 1 are of another account/,
    );
  });

  test('writes nothing to the terminal but letters', async () => {
    options.logGroups = [logGroup([planted({ eventID: 'e\u001b[2J', eventName: '\u001b[31mRed\u202e' })])];
    const { out, recovered } = await corroborate();
    expect(recovered).toHaveLength(1);
    expect(out).toContain('Red');
    for (const hidden of ['\u001b[31m', '\u001b[2J', '\u202e']) expect(out).not.toContain(hidden);
  });

  test('is not asked under a name that is none', async () => {
    options.trails = [loggedTrail({ CloudWatchLogsLogGroupArn: `${GROUP_ARN}\u001b[2J` })];
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
    deleteObject(store, lost());
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
