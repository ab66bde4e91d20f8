import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { HttpResponse } from '@smithy/core/protocols';
import { describe, expect, test, vi } from 'vitest';
import { listPublicKeys } from '../../src/aws/keys.ts';
import {
  type AwsSession,
  type AwsSettings,
  type ClientSettings,
  openAwsSession,
} from '../../src/aws/session.ts';
import type { AwsServerOptions, PublicKeyData } from '../support/aws-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sessionWith, useAws } from './aws-fixture.ts';

const aws = useAws();
const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 1);
const KEYS: readonly PublicKeyData[] = Array.from({ length: 45 }, (_, at) => ({
  fingerprint: at.toString(16).padStart(32, '0'),
  value: Buffer.from(`key ${at}`).toString('base64'),
  validFrom: BEGIN + at * 20 * DAY,
  validTo: BEGIN + (at * 20 + 30) * DAY,
}));
const ALL = [BEGIN - DAY, BEGIN + 2000 * DAY] as const;

function start(options: AwsServerOptions = {}) {
  return aws.start({ publicKeys: { 'eu-west-1': KEYS, 'us-east-1': KEYS.slice(0, 1) }, ...options });
}

describe('the keys of a Region', () => {
  test('are listed over all pages, in that Region, as DER with their validity', async () => {
    const server = await start();
    const answer = await listPublicKeys(sessionWith(server), 'eu-west-1', ...ALL);
    expect(answer.keys).toHaveLength(45);
    expect(answer.keys?.[1]).toEqual({
      fingerprint: '00000000000000000000000000000001',
      value: new Uint8Array(Buffer.from('key 1')),
      validFrom: BEGIN + 20 * DAY,
      validTo: BEGIN + 50 * DAY,
    });
    expect(server.requests).toHaveLength(3);
    expect(server.requests.every(({ region }) => region === 'eu-west-1')).toBe(true);
  });

  test('are those of the time asked about', async () => {
    const server = await start();
    const session = sessionWith(server);
    const answer = await listPublicKeys(session, 'eu-west-1', BEGIN + 100 * DAY, BEGIN + 101 * DAY);
    expect(answer.keys?.map(({ fingerprint }) => Number.parseInt(fingerprint, 16))).toEqual([4, 5]);
    expect(await listPublicKeys(session, 'ap-south-1', ...ALL)).toEqual({
      keys: [],
      foreign: server.url,
    });
  });

  test('end where a page repeats', async () => {
    const server = await start({ repeatPages: true });
    const answer = await listPublicKeys(sessionWith(server), 'us-east-1', ...ALL);
    expect(answer.keys).toHaveLength(1);
    expect(server.requests).toHaveLength(2);
  });
});

/** A session whose requests go nowhere: each is answered with no key, whatever its host. */
function sessionWithoutNetwork(settings: AwsSettings = {}) {
  const session = openAwsSession(settings);
  const hosts: string[] = [];
  const handle = async ({ hostname }: { hostname: string }) => {
    hosts.push(hostname);
    return { response: new HttpResponse({ statusCode: 200, body: Readable.from(['{"PublicKeyList":[]}']) }) };
  };
  const clientSettings: AwsSession['clientSettings'] = async (service, region) => ({
    ...(await session.clientSettings(service, region)),
    // A handler may stand where its settings do.
    requestHandler: { handle } as unknown as ClientSettings['requestHandler'],
  });
  return { session: { ...session, clientSettings }, hosts };
}

/** What sections of a shared config file say of endpoints. */
const SET: Readonly<Record<string, string>> = {
  default: 'endpoint_url = https://evil.example\n',
  'profile lab': 'services = lab\n',
};

describe('where keys came from is judged by the request itself', () => {
  const foreignAt = async (region: string, settings: AwsSettings = {}): Promise<string | undefined> => {
    const { session } = sessionWithoutNetwork(settings);
    const answer = await listPublicKeys(session, region, ...ALL);
    if (answer.keys === undefined) throw new Error(answer.refusal);
    return answer.foreign;
  };

  test.each(['us-east-1', 'eu-central-2', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'eusc-de-east-1'])(
    "%s at AWS's own endpoint, also with FIPS and dual-stack",
    async (region) => {
      expect(await foreignAt(region)).toBeUndefined();
      vi.stubEnv('AWS_USE_DUALSTACK_ENDPOINT', 'true');
      expect(await foreignAt('us-east-1')).toBeUndefined();
      vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
      expect(await foreignAt('us-east-1')).toBeUndefined();
    },
  );

  test('an endpoint of the environment or a profile, unless it is to be ignored', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'https://cloudtrail.us-east-1.amazonaws.com.evil.example');
    expect(await foreignAt('us-east-1')).toBe('https://cloudtrail.us-east-1.amazonaws.com.evil.example');
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDTRAIL', 'https://cloudtrail.us-east-1.amazonaws.com');
    expect(await foreignAt('us-east-1')).toBeUndefined();
    expect(await foreignAt('eu-west-1')).toBe('https://cloudtrail.us-east-1.amazonaws.com');
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDTRAIL', 'http://127.0.0.1:9000');
    expect(await foreignAt('us-east-1')).toBe('http://127.0.0.1:9000');
    vi.stubEnv('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', 'true');
    expect(await foreignAt('us-east-1')).toBeUndefined();
    const endpointUrl = 'https://cloudtrail.us-east-1.amazonaws.com:8443';
    expect(await foreignAt('us-east-1', { endpointUrl })).toBe(endpointUrl);
  });

  test('a profile that is not the one in use decides nothing', async () => {
    const config = path.join(temporaryFolder(), 'config');
    const sections = ['default', 'profile audit', 'profile lab'].map(
      (name) => `[${name}]\naws_access_key_id = a\naws_secret_access_key = s\n${SET[name] ?? ''}`,
    );
    const services = '[services lab]\ncloudtrail =\n  endpoint_url = http://127.0.0.1:1\n';
    writeFileSync(config, [...sections, services].join(''));
    vi.stubEnv('AWS_CONFIG_FILE', config);
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    expect(await foreignAt('us-east-1')).toBe('https://evil.example');
    expect(await foreignAt('us-east-1', { profile: 'audit' })).toBeUndefined();
    expect(await foreignAt('us-east-1', { profile: 'lab' })).toBe('http://127.0.0.1:1');
  });

  test('certificates that are not checked', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    expect(await foreignAt('us-east-1')).toBe(
      'https://cloudtrail.us-east-1.amazonaws.com, whose certificate was not checked',
    );
  });

  test.each(['s3-us-west-2', 'fips-us-east-1', 'us-east-1-fips', 'aws-global', 'local-1', 'evil-east-123'])(
    'a folder named %s is no Region of AWS, and its name leads nowhere',
    async (region) => {
      const { session, hosts } = sessionWithoutNetwork();
      expect(await listPublicKeys(session, region, ...ALL)).toEqual({
        keys: undefined,
        refusal: 'there is no such Region',
      });
      expect(hosts).toEqual([]);
    },
  );
});

describe('a refusal', () => {
  test.each([
    [
      'for want of permission',
      { kind: 'status', status: 400, code: 'AccessDeniedException' },
      /AccessDenied/,
    ],
    [
      'of a Region that is not enabled',
      { kind: 'status', status: 400, code: 'UnrecognizedClientException' },
      /Region me-south-1 is not enabled/,
    ],
    [
      'of the operation',
      { kind: 'status', status: 400, code: 'OperationNotPermittedException' },
      /OperationNotPermitted/,
    ],
  ] as const)('%s is an answer, not an error', async (_, fault, refusal) => {
    const server = await start();
    server.faults.add({ ...fault, operation: 'ListPublicKeys' });
    const answer = await listPublicKeys(sessionWith(server), 'me-south-1', ...ALL);
    expect(answer).toEqual({ keys: undefined, refusal: expect.stringMatching(refusal) });
  });

  test('of a Region that cannot be one is an answer, and nothing is asked', async () => {
    const server = await start();
    for (const region of ['', 'evil.example.com/x', '../x', 'US-EAST-1']) {
      expect(await listPublicKeys(sessionWith(server), region, ...ALL)).toMatchObject({ keys: undefined });
    }
    expect(server.requests).toEqual([]);
  });

  test('of the caller everywhere ends the run', async () => {
    const unknown = await start();
    unknown.faults.add({
      kind: 'status',
      status: 400,
      code: 'UnrecognizedClientException',
      operation: 'ListPublicKeys',
    });
    unknown.faults.add({
      kind: 'status',
      status: 403,
      code: 'InvalidClientTokenId',
      operation: 'GetCallerIdentity',
    });
    const expired = await start({ expired: new Set(['AKIAEXAMPLE']) });
    const wrong = await start({ credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'another' } });
    for (const server of [unknown, expired, wrong]) {
      const listing = listPublicKeys(sessionWith(server), 'us-east-1', ...ALL);
      await expect(listing).rejects.toMatchObject({ code: 'CREDENTIALS', hint: expect.any(String) });
    }
  });

  test('for want of credentials ends the run', async () => {
    const server = await start();
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    const listing = listPublicKeys(sessionWith(server), 'us-east-1', ...ALL);
    await expect(listing).rejects.toMatchObject({ code: 'CREDENTIALS' });
  });

  test('of the network is an answer', async () => {
    const server = await start();
    server.faults.add({ kind: 'reset', times: Number.POSITIVE_INFINITY });
    const answer = await listPublicKeys(sessionWith(server, { maxAttempts: 2 }), 'us-east-1', ...ALL);
    expect(answer).toMatchObject({ keys: undefined, refusal: expect.any(String) });
  });
});
