/**
 * Every command of the runbooks, in their order, against a server of its own: what a person types in an incident must
 * have been run before.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { auditTrail } from '../fixtures/scenario.ts';
import { HOUR, isoTime, MINUTE } from '../src/base/clock.ts';
import { type AwsServer, ObjectStore, startAwsServer } from './support/aws-server.ts';
import { atServer, keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from './support/command.ts';
import { deleteObject } from './support/damage.ts';
import { historyOf } from './support/event-history.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { gzip } from './support/test-gzip.ts';
import type { TestTrail } from './support/test-trail.ts';

const HOME = process.cwd();
const FOLDER = fileURLToPath(new URL('../docs/', import.meta.url));
const BUCKET = 'my-trail-bucket';
/** The end of the newest digest: within the validity of the test keys, as are the 31 days before it. */
const END = Date.parse('2026-10-05T15:12:37Z');
const ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/my-trail';
/** Commands that reach AWS, and so must be led to the test server. */
const ASKS_FOR_KEYS = /^(?:verify|collect|keys fetch)\b/;
const REACHES_AWS = /^(?:corroborate|doctor|verify|collect|recover|keys fetch)\b/;

/** The event that the incident runbook asks for. */
const DELETION = {
  content: Buffer.from(
    JSON.stringify({
      Records: [
        {
          eventVersion: '1.11',
          userIdentity: { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/app/session' },
          eventTime: '2026-10-03T22:40:00Z',
          eventSource: 'dynamodb.amazonaws.com',
          eventName: 'DeleteItem',
          awsRegion: 'us-east-1',
          sourceIPAddress: '203.0.113.10',
          userAgent: 'aws-cli/2.31.0',
          requestParameters: { tableName: 'Orders', key: { id: 'order-17' } },
          responseElements: null,
          eventID: 'b3f2c1d0-5a4e-4f8b-9c7d-1e2f3a4b5c6d',
          readOnly: false,
          eventType: 'AwsApiCall',
          managementEvent: false,
          recipientAccountId: '111122223333',
          eventCategory: 'Data',
        },
      ],
    }),
  ),
};

interface Step {
  readonly line: string;
  readonly exitCode: number;
}

function stepsOf(name: string): readonly Step[] {
  const text = readFileSync(`${FOLDER}${name}`, 'utf8');
  const blocks = text.matchAll(/(?:<!-- ([^\n]*) -->\n)?```sh\n([\s\S]*?)```/g);
  return [...blocks].flatMap(([, note = '', commands = '']) => {
    const exitCode = Number(/exit: (\d)/.exec(note)?.[1] ?? 0);
    const lines = commands.replaceAll('\\\n', ' ').split('\n');
    return lines
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((line) => ({ line, exitCode }));
  });
}

/** The words of a command line as a shell would cut them; the runbooks use double quotes, the date, and nothing else of its grammar. */
function wordsOf(asWritten: string): readonly string[] {
  const line = asWritten
    .replaceAll('$(date -u +%Y-%m-%d)', today())
    .replaceAll('$(date -u +%Y%m%dT%H%M%SZ)', moment());
  expect(line).not.toMatch(/[$`\\!]/);
  // Within double quotes the others are letters like any.
  expect(line.replaceAll(/"[^"]*"/g, '')).not.toMatch(/['|<>;&*]/);
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

/** As `date` prints them. */
function today(): string {
  return isoTime(now).slice(0, 10);
}

function moment(): string {
  return isoTime(Math.floor(now / 1000) * 1000).replaceAll(/[-:]|\.\d+/g, '');
}

let server: AwsServer | undefined;
let store: ObjectStore;
let trail: TestTrail;
let now: number;

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});

/** A sound set-up with a trail that has been delivering for so many hours, and goes on for `later` more. */
async function deliver(hours: number, later = 0): Promise<void> {
  store = new ObjectStore(() => now);
  store.createBucket(BUCKET, { versioned: true });
  const statement = (Action: string) => ({
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action,
    Resource: '*',
    Condition: { StringEquals: { 'aws:SourceArn': ARN } },
  });
  store.configure(BUCKET, {
    policy: JSON.stringify({ Statement: [statement('s3:GetBucketAcl'), statement('s3:PutObject')] }),
    policyIsPublic: false,
    publicAccessBlocked: true,
    accessLogBucket: 'my-access-logs',
    objectLock: { mode: 'COMPLIANCE', days: 365 },
    mfaDelete: true,
  });
  const place = { store, bucket: BUCKET, trail: 'my-trail' };
  ({ trail } = auditTrail(0, { ...place, startLogging: END - (hours + later) * HOUR }));
  trail.hours(hours, (hour) => ({ logs: hour === 7 ? [DELETION, {}] : hour % 24 === 7 ? 2 : 0 }));
  now = trail.end + 40 * MINUTE;
  vi.useFakeTimers({ toFake: ['Date'], now });
  server = await startAwsServer({
    store,
    publicKeys: serverKeys(),
    now: () => now,
    eventHistory: historyOf(trail.logFiles),
    trails: [
      {
        Name: 'my-trail',
        S3BucketName: BUCKET,
        HomeRegion: 'us-east-1',
        TrailARN: ARN,
        IsMultiRegionTrail: true,
        LogFileValidationEnabled: true,
        KmsKeyId: 'arn:aws:kms:us-east-1:111122223333:key/example',
        CloudWatchLogsLogGroupArn: 'arn:aws:logs:us-east-1:111122223333:log-group:trail:*',
      },
    ],
    trailStatus: {
      [ARN]: {
        'us-east-1': {
          IsLogging: true,
          get LatestDigestDeliveryTime() {
            return trail.end + 30 * MINUTE;
          },
        },
      },
    },
    trailTags: { [ARN]: [{ Key: 'owner', Value: 'audit' }] },
    regions: [{ name: 'us-east-1', optStatus: 'ENABLED_BY_DEFAULT' }],
  });
}

afterEach(async () => {
  vi.useRealTimers();
  await server?.close();
  server = undefined;
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

/** Runs one command, checks how it ends, and returns what it printed. */
async function run({ line, exitCode }: Step): Promise<string> {
  const [, folder] = /^mkdir "([^"]+)" && cd "\$_"$/.exec(line) ?? [];
  if (folder !== undefined) {
    const [made = ''] = wordsOf(`"${folder}"`);
    mkdirSync(made);
    process.chdir(made);
    return '';
  }
  const [program = '', ...args] = wordsOf(line);
  if (program !== 'trail-verify') {
    return execFileSync(program, args, { encoding: 'utf8' });
  }
  const words = args.join(' ');
  const at = ASKS_FOR_KEYS.test(words) ? keysAtServer : atServer;
  const more = server !== undefined && REACHES_AWS.test(words) ? at(server) : [];
  const { exitCode: ended, out, error } = await runCommand([...args, ...more]);
  // What was printed, so that a failure says why.
  expect({ line, ended, printed: ended === exitCode ? '' : out + error }).toEqual({
    line,
    ended: exitCode,
    printed: '',
  });
  return out;
}

/** Runs every command of a runbook, and returns what the last one printed. */
async function follow(name: string): Promise<string> {
  let printed = '';
  for (const step of stepsOf(name)) printed = await run(step);
  return printed;
}

/** Follows a runbook twice from one folder, as people do who come back to it a minute later. */
async function twice(follows: () => Promise<void>): Promise<void> {
  const folder = process.cwd();
  for (const later of [0, MINUTE]) {
    now += later;
    vi.setSystemTime(now);
    process.chdir(folder);
    await follows();
  }
}

describe('each command of a runbook does what it says', () => {
  test('before an audit', { timeout: 120_000 }, async () => {
    await deliver(31 * 24);
    await twice(async () => {
      await follow('before-an-audit.md');
      expect(JSON.parse(readFileSync('audit/report.json', 'utf8')).verdict).toBe('VALID');
      expect(existsSync('audit/report.html')).toBe(true);
    });
  });

  test('the README, in folders of their own', { timeout: 240_000 }, async () => {
    await deliver(31 * 24);
    const commands = stepsOf('../README.md').filter(({ line }) => line.startsWith('trail-verify '));
    expect(commands.length).toBeGreaterThan(10);
    await twice(async () => {
      const folder = process.cwd();
      for (const step of stepsOf('../README.md')) {
        const { line } = step;
        // Installing has a test of its own (`npm run check:install`), and so has the tampered copy (`test/docs`).
        if (line.startsWith('npm ') || line.includes('fixtures/tampered')) continue;
        if (line.startsWith('mkdir ')) process.chdir(folder);
        // The shell adds what is printed to a file of the job.
        await run({ ...step, line: line.replace(/ >> "\$GITHUB_STEP_SUMMARY"$/, '') });
      }
    });
  });

  test('nightly, and the night after', { timeout: 120_000 }, async () => {
    await deliver(48, 24);
    const nights = [];
    for (const more of [0, 24]) {
      trail.hours(more, { logs: 1 });
      now = trail.end + 40 * MINUTE;
      vi.setSystemTime(now);
      await follow('nightly.md');
      nights.push(moment());
      expect(readFileSync('trail-verify.prom', 'utf8')).toContain('verdict="VALID"} 1');
      expect(JSON.parse(readFileSync(`doctor-${today()}.json`, 'utf8')).verdict).toBe('PASSED');
    }
    expect(readdirSync('reports')).toEqual(nights);
    const [first, second] = nights.map((night) =>
      JSON.parse(readFileSync(`reports/${night}/report.json`, 'utf8')),
    );
    expect(second.state.read.sha256).toBe(first.state.checkpoint);
  });

  test('incident: what was deleted and overwritten comes back, and the restored copy is VALID', {
    timeout: 60_000,
  }, async () => {
    await deliver(48);
    const [deleted, overwritten] = trail.logFiles.slice(2);
    if (deleted === undefined || overwritten === undefined)
      throw new Error('the trail has too few log files');
    const [night] = stepsOf('nightly.md');
    if (night === undefined) throw new Error('the nightly runbook has no command');
    await run(night);
    now += HOUR / 6;
    deleteObject(store, { bucket: BUCKET, key: deleted.key });
    store.put(BUCKET, overwritten.key, gzip(Buffer.from('{"Records":[]}')));
    await twice(async () => {
      // Exit code 1 alone could also mean that the bag was refused.
      expect(await follow('incident.md')).toContain(
        'GENUINE: this bag is as it was signed; its report says INVALID',
      );
      expect(JSON.parse(readFileSync('incident/report.json', 'utf8')).verdict).toBe('INVALID');
      const recovered = readFileSync('witness/recovered.jsonl', 'latin1').trimEnd().split('\n');
      expect(recovered.map((line) => JSON.parse(line).eventId).sort()).toEqual(
        historyOf([deleted, overwritten])
          .map(({ id }) => id)
          .sort(),
      );
      const { findings } = JSON.parse(readFileSync('since-last-night/report.json', 'utf8'));
      const codes: readonly string[] = findings.map(({ code }: { readonly code: string }) => code);
      expect(codes).toContain('LOG_VANISHED_SINCE_CHECKPOINT');
      expect(codes).toContain('LOG_CHANGED_SINCE_CHECKPOINT');
      expect(JSON.parse(readFileSync('restored/report.json', 'utf8')).verdict).toBe('VALID');
    });
  });
});

test('each runbook has commands, and no page of another kind says how a command ends', () => {
  const runbooks = ['before-an-audit.md', 'incident.md', 'nightly.md'];
  for (const name of runbooks) expect(stepsOf(name).length).toBeGreaterThan(3);
  const pages = readdirSync(FOLDER).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const noted = pages.filter((name) => /<!-- exit: \d/.test(readFileSync(`${FOLDER}${name}`, 'utf8')));
  expect(noted.filter((name) => !runbooks.includes(name))).toEqual([]);
});
