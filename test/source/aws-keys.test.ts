import { describe, expect, test, vi } from 'vitest';
import { listPublicKeys } from '../../src/source/aws-keys.ts';
import type { AwsServerOptions, PublicKeyData } from '../support/aws-server.ts';
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
    const session = sessionWith(await start());
    const answer = await listPublicKeys(session, 'eu-west-1', BEGIN + 100 * DAY, BEGIN + 101 * DAY);
    expect(answer.keys?.map(({ fingerprint }) => Number.parseInt(fingerprint, 16))).toEqual([4, 5]);
    expect(await listPublicKeys(session, 'ap-south-1', ...ALL)).toEqual({ keys: [] });
  });

  test('end where a page repeats', async () => {
    const server = await start({ repeatPages: true });
    const answer = await listPublicKeys(sessionWith(server), 'us-east-1', ...ALL);
    expect(answer.keys).toHaveLength(1);
    expect(server.requests).toHaveLength(2);
  });
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
