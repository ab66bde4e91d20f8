/** A caller who may list only below a prefix: what is asked for is verified, and the rest is named as not seen. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { type AwsServer, type AwsServerOptions, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import {
  type CommandResult,
  keysAtServer,
  runCommand,
  serverKeys,
  stubAwsEnvironment,
} from '../support/command.ts';
import { deleteObject } from '../support/damage.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestTrail } from '../support/test-trail.ts';

const BUCKET = 'example-trail-logs';
const [OWN, OTHER] = ['111122223333', '444455556666'];
const ARN = `arn:aws:cloudtrail:us-east-1:${OWN}:trail/audit`;
const HOURS = 4;
const BEGIN = Date.parse('2026-10-05T09:12:37Z');
const NOW = BEGIN + HOURS * HOUR + 90 * MINUTE;
const DELIVERED = BEGIN + HOURS * HOUR + 31 * MINUTE;
const FOLDER = process.cwd();
let store: ObjectStore;

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  store = new ObjectStore(() => BEGIN);
});
afterEach(() => {
  process.chdir(FOLDER);
  vi.unstubAllEnvs();
});

function deliver(
  accounts: readonly string[] = [OWN, OTHER],
  where: { readonly prefix?: string; readonly organization?: string } = {},
): void {
  const common = { store, bucket: BUCKET, trail: 'audit', homeRegion: 'us-east-1', startLogging: BEGIN };
  for (const account of accounts)
    for (const region of ['us-east-1', 'eu-west-1'])
      new TestTrail({ ...common, ...where, account, region }).hours(HOURS, { logs: 1 });
}

async function serve(listable: readonly string[], more: AwsServerOptions = {}): Promise<AwsServer> {
  const status = { IsLogging: true, LatestDigestDeliveryTime: DELIVERED };
  const server = await startAwsServer({
    ...{ store, publicKeys: serverKeys(), now: () => NOW, listable },
    trails: [
      {
        ...{ Name: 'audit', S3BucketName: BUCKET, HomeRegion: 'us-east-1', TrailARN: ARN },
        ...{ IsMultiRegionTrail: true, LogFileValidationEnabled: true },
      },
    ],
    regions: ['us-east-1', 'eu-west-1'].map((name) => ({ name, optStatus: 'ENABLED_BY_DEFAULT' as const })),
    trailStatus: { [ARN]: { 'us-east-1': status, 'eu-west-1': status } },
    ...more,
  });
  onTestFinished(() => server.close());
  return server;
}

function verify(server: AwsServer, ...args: readonly string[]): Promise<CommandResult> {
  const run = [
    '--from',
    isoTime(BEGIN),
    '--now',
    isoTime(NOW),
    '--no-sign',
    '--quiet',
    '--output',
    'out',
    '--force',
  ];
  return runCommand(['verify', ...args, ...keysAtServer(server), ...run]);
}

interface Shown {
  readonly verdict: string;
  readonly findings: readonly {
    readonly code: string;
    readonly weight: string;
    readonly object: { readonly key: string };
    readonly evidence: Readonly<Record<string, unknown>>;
  }[];
  readonly limits: readonly { readonly code: string; readonly text: string }[];
}

function report(): Shown {
  return JSON.parse(readFileSync('out/report.json', 'utf8'));
}

function refusedLimit(): string | undefined {
  return report().limits.find(({ code }) => code === 'LISTING_REFUSED')?.text;
}

function found(): readonly string[] {
  return report().findings.map(({ code, weight, object }) => `${weight} ${code} ${object.key}`);
}

describe('an account that is named', () => {
  test('is verified in its own folder, and a limit names what was not seen', async () => {
    deliver();
    const server = await serve([`AWSLogs/${OWN}/*`]);
    const { exitCode, error } = await verify(server, `s3://${BUCKET}`, '--account', OWN);
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
    expect(refusedLimit()).toContain(`s3://${BUCKET}/, s3://${BUCKET}/AWSLogs/. The folders of the accounts`);
    expect(found()).toEqual([]);
  });

  test('below a prefix, an organization and AWSLogs as well', async () => {
    deliver([OWN, OTHER], { prefix: 'logs/', organization: 'o-exampleorgid' });
    const server = await serve(['logs/AWSLogs/', `logs/AWSLogs/o-exampleorgid/${OWN}/*`]);
    const { exitCode } = await verify(server, `s3://${BUCKET}/logs`, '--account', OWN);
    expect(exitCode).toBe(0);
    expect(refusedLimit()).toContain(`s3://${BUCKET}/logs/, s3://${BUCKET}/logs/AWSLogs/o-exampleorgid/.`);
    const below = await verify(server, `s3://${BUCKET}/logs/AWSLogs/o-exampleorgid`, '--account', OWN);
    expect(below.exitCode).toBe(0);
  });

  test('is searched for misfits there', async () => {
    deliver();
    store.put(BUCKET, `AWSLogs/${OWN}/CloudTrail/planted.json.gz`, new Uint8Array(3));
    const server = await serve([`AWSLogs/${OWN}/*`]);
    const { exitCode } = await verify(server, `s3://${BUCKET}`, '--account', OWN);
    expect(exitCode).toBe(3);
    expect(found()).toEqual([`unproven LOG_UNLISTED AWSLogs/${OWN}/CloudTrail/planted.json.gz`]);
  });

  test('is unproven where its own folder is closed, and never absent', async () => {
    deliver();
    const server = await serve(['', 'AWSLogs/', `AWSLogs/${OWN}/*`]);
    const { exitCode } = await verify(server, `s3://${BUCKET}`, '--account', OWN, OTHER);
    expect(exitCode).toBe(3);
    expect(found()).toEqual([
      `unproven CHAIN_ABSENT AWSLogs/${OTHER}/CloudTrail-Digest/`,
      `unproven DISCOVERY_INCOMPLETE AWSLogs/${OTHER}/`,
    ]);
    expect(report().findings[1]?.evidence.refused).toContain(`AWSLogs/${OTHER}/ may not be listed`);
  });

  test.each([['CloudTrail'], ['CloudTrail-Digest']])(
    'is unproven where its folder %s is closed',
    async (family) => {
      deliver();
      const other = family === 'CloudTrail' ? 'CloudTrail-Digest' : 'CloudTrail';
      const server = await serve([`AWSLogs/${OWN}/`, `AWSLogs/${OWN}/${other}/*`]);
      const { exitCode } = await verify(server, `s3://${BUCKET}`, '--account', OWN);
      expect(exitCode).toBe(3);
      expect(found()).toContain(`unproven DISCOVERY_INCOMPLETE AWSLogs/${OWN}/${family}/`);
    },
  );

  test('whose folder was emptied is absent', async () => {
    deliver([OTHER]);
    const server = await serve([`AWSLogs/${OWN}/*`]);
    const { exitCode } = await verify(server, `s3://${BUCKET}`, '--account', OWN);
    expect(exitCode).toBe(3);
    expect(found()).toEqual([
      `unproven CHAIN_ABSENT AWSLogs/${OWN}/CloudTrail-Digest/`,
      `unproven NOTHING_VERIFIED `,
    ]);
    expect(refusedLimit()).toBeDefined();
  });
});

describe('a bucket of which nobody says which accounts are meant', () => {
  test('ends the run where nothing can be listed, with the way on', async () => {
    deliver();
    const server = await serve([`AWSLogs/${OWN}/*`]);
    const { exitCode, error } = await verify(server, `s3://${BUCKET}`);
    expect(exitCode).toBe(4);
    expect(error).toContain(`s3://${BUCKET}/ may not be listed`);
    expect(error).toContain('--account');
  });

  test('is unproven where a folder next to its trails is closed', async () => {
    deliver();
    store.put(BUCKET, 'backup/x', new Uint8Array(3));
    const server = await serve(['', 'AWSLogs/*']);
    const { exitCode } = await verify(server, `s3://${BUCKET}`);
    expect(exitCode).toBe(3);
    expect(found()).toEqual(['unproven DISCOVERY_INCOMPLETE backup/']);
    expect((await verify(server, `s3://${BUCKET}`, '--account', OWN)).exitCode).toBe(0);
    expect(refusedLimit()).toContain(`s3://${BUCKET}/backup/.`);
  });

  test('is verified where the target is the account itself', async () => {
    deliver();
    const server = await serve([`AWSLogs/${OWN}/*`]);
    expect((await verify(server, `s3://${BUCKET}/AWSLogs/${OWN}`)).exitCode).toBe(0);
    expect(refusedLimit()).toBeUndefined();
  });
});

describe('a trail that is named by its ARN', () => {
  test('is verified in its own folder', async () => {
    deliver();
    const server = await serve([`AWSLogs/${OWN}/*`]);
    expect((await verify(server, ARN)).exitCode).toBe(0);
    expect(refusedLimit()).toBeDefined();
  });

  test('is found by its prefix below a bucket that may not be listed', async () => {
    deliver([OWN], { prefix: 'logs/' });
    const trail = {
      ...{ Name: 'audit', S3BucketName: BUCKET, S3KeyPrefix: 'logs', HomeRegion: 'us-east-1', TrailARN: ARN },
      ...{ IsMultiRegionTrail: true, LogFileValidationEnabled: true },
    };
    const server = await serve([`logs/AWSLogs/${OWN}/*`], { trails: [trail] });
    const { exitCode } = await verify(server, `s3://${BUCKET}`, '--trail-arn', ARN);
    expect({ exitCode, found: found() }).toEqual({ exitCode: 0, found: [] });
  });

  test('misses a Region that was emptied as ever', async () => {
    deliver();
    for (const key of store.keys(BUCKET))
      if (key.includes('/eu-west-1/')) deleteObject(store, { bucket: BUCKET, key });
    const server = await serve([`AWSLogs/${OWN}/*`]);
    expect((await verify(server, ARN)).exitCode).toBe(1);
    expect(found()).toEqual([`violation CHAIN_ABSENT AWSLogs/${OWN}/CloudTrail-Digest/eu-west-1/`]);
  });

  test('is not absent in a folder that is closed', async () => {
    deliver();
    const server = await serve([`AWSLogs/${OWN}/`, `AWSLogs/${OWN}/CloudTrail/*`]);
    expect((await verify(server, ARN)).exitCode).toBe(3);
    expect(found().filter((line) => line.startsWith('violation'))).toEqual([]);
    const nothing = await serve(['AWSLogs/']);
    expect((await verify(nothing, ARN)).exitCode).toBe(4);
  });
});

describe('a listing that is refused amid a place', () => {
  const digests = `AWSLogs/${OWN}/CloudTrail-Digest/us-east-1/`;
  const logs = `AWSLogs/${OWN}/CloudTrail/us-east-1/`;
  const closed = (...unlistable: readonly string[]) => serve(['*'], { unlistable });
  const refused = (key: string): string => `unproven DISCOVERY_INCOMPLETE ${key}`;
  const validDigests = (): number => JSON.parse(readFileSync('out/report.json', 'utf8')).totals.digests.valid;

  test('of the digests of a Region leaves the others verified, and is unproven', async () => {
    deliver();
    const { exitCode, error } = await verify(await closed(`${digests}*`), `s3://${BUCKET}`);
    expect({ exitCode, error }).toEqual({ exitCode: 3, error: '' });
    expect(found()).toEqual([`unproven CHAIN_ABSENT ${digests}`, refused(digests)]);
    expect(report().findings[1]?.evidence.refused).toContain(`${digests} may not be listed`);
    expect(validDigests()).toBe(3 * HOURS);
  });

  test('hides nothing that is wrong elsewhere', async () => {
    deliver();
    const lost =
      store.keys(BUCKET).find((key) => key.startsWith(`AWSLogs/${OTHER}/CloudTrail/eu-west-1/`)) ?? '';
    deleteObject(store, { bucket: BUCKET, key: lost });
    const { exitCode } = await verify(await closed(`${digests}*`), `s3://${BUCKET}`);
    expect(exitCode).toBe(1);
    expect(found()).toEqual(expect.arrayContaining([`violation LOG_MISSING ${lost}`, refused(digests)]));
  });

  test.each([
    ['of the log files of a Region', `${logs}*`, logs],
    ['of a year of log files', `${logs}2026/`, `${logs}2026/`],
    ['of a month of digests', `${digests}2026/10/`, `${digests}2026/10/`],
  ])('%s is unproven, and every chain is verified', async (_, pattern, prefix) => {
    deliver();
    const { exitCode } = await verify(await closed(pattern), `s3://${BUCKET}`);
    expect(exitCode).toBe(3);
    expect(found()).toEqual([refused(prefix)]);
    expect(validDigests()).toBe(4 * HOURS);
  });

  test('makes no absence a violation that it may hide, and every other one stays', async () => {
    deliver([OWN]);
    expect((await verify(await closed(`${digests}*`), ARN)).exitCode).toBe(3);
    expect(found().filter((line) => line.startsWith('violation'))).toEqual([]);
    for (const key of store.keys(BUCKET))
      if (key.startsWith(digests)) deleteObject(store, { bucket: BUCKET, key });
    store.put(BUCKET, `planted/${digests}x`, new Uint8Array(3));
    for (const other of [`${logs}*`, `${digests}2026/*`, `planted/${digests}*`, `planted/AWSLogs/${OWN}/*`]) {
      expect((await verify(await closed(other), ARN)).exitCode).toBe(1);
      expect(found()).toContain(`violation CHAIN_ABSENT ${digests}`);
    }
  });

  test('is no loss since the last state, and keeps that; what is lost beside it is told', async () => {
    deliver([OWN]);
    const target = [`s3://${BUCKET}`, '--state', 'state.json'];
    expect((await verify(await closed(), ...target)).exitCode).toBe(0);
    const stated = readFileSync('state.json', 'utf8');
    const placeOfState = (): object =>
      JSON.parse(readFileSync('state.json', 'utf8').split('\n')[0] ?? '').places.find(
        ({ region }: { region: string }) => region === 'us-east-1',
      );
    const before = placeOfState();
    expect((await verify(await closed(`${digests}*`, `${logs}*`), ...target)).exitCode).toBe(3);
    expect(found().filter((line) => line.startsWith('violation'))).toEqual([]);
    expect(placeOfState()).toMatchObject(before);
    writeFileSync('state.json', stated);
    const [lost = ''] = store.keys(BUCKET).filter((key) => key.startsWith(digests));
    deleteObject(store, { bucket: BUCKET, key: lost });
    expect((await verify(await closed(`${logs}*`, `${digests}2026/*`), ...target)).exitCode).toBe(1);
    expect(found().some((line) => line.startsWith(`violation LISTING_SHRUNK ${digests}`))).toBe(true);
  });
});

test('a chain that an earlier run knew and that cannot be seen now is unproven, and no violation', async () => {
  deliver([OWN], { prefix: 'deep/' });
  const target = [`s3://${BUCKET}`, '--account', OWN, '--state', 'state.json'];
  expect((await verify(await serve(['*']), ...target)).exitCode).toBe(0);
  const closed = await serve([`AWSLogs/${OWN}/*`]);
  expect((await verify(closed, ...target)).exitCode).toBe(3);
  expect(found().filter((line) => !line.startsWith('unproven'))).toEqual([]);
  expect(found().filter((line) => line.includes('DISCOVERY_INCOMPLETE deep/AWSLogs/'))).toHaveLength(2);
  // Where its folder can be listed, it has vanished.
  for (const key of store.keys(BUCKET)) deleteObject(store, { bucket: BUCKET, key });
  const emptied = await serve(['deep/', `deep/AWSLogs/${OWN}/*`]);
  const below = [`s3://${BUCKET}/deep`, '--account', OWN];
  expect((await verify(emptied, ...below)).exitCode).toBe(3);
  expect((await verify(await serve(['*']), ...target)).exitCode).toBe(1);
});

test('a copy is made of the account that is named, and none of a part of what is asked for', async () => {
  deliver();
  const server = await serve([`AWSLogs/${OWN}/*`]);
  const more = ['--endpoint-url', server.url, '--from', isoTime(BEGIN), '--quiet'];
  expect(await runCommand(['collect', `s3://${BUCKET}`, 'copy', '--account', OWN, ...more])).toMatchObject({
    exitCode: 0,
  });
  const all = await runCommand(['collect', `s3://${BUCKET}`, 'all', ...more]);
  expect(all.exitCode).toBe(4);
  expect(all.error).toContain('--account');
});
