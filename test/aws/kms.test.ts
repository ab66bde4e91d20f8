import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openKmsKey } from '../../src/aws/kms.ts';
import { openAwsSession } from '../../src/aws/session.ts';
import { stubAwsEnvironment } from '../support/command.ts';
import { startKms, type TestKms } from '../support/test-kms.ts';

const ARN = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const DATA = Buffer.from('signed attributes');
const running: TestKms[] = [];

beforeEach(() => stubAwsEnvironment());
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function kms(key: KeyObject, options: Parameters<typeof startKms>[1] = {}): Promise<TestKms> {
  const server = await startKms(key, options);
  running.push(server);
  return server;
}

function open(server: { readonly url: string }, arn = ARN) {
  return openKmsKey(openAwsSession({ endpointUrl: server.url, maxAttempts: 1 }), arn);
}

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const EC = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;

describe('a key of KMS', () => {
  test('signs a hash with RSA, and content stays here', async () => {
    const server = await kms(RSA);
    const key = await open(server);
    expect(key.algorithms).toEqual(['rsa-pkcs1-sha256', 'rsa-pss-sha256']);
    expect(Buffer.from(key.publicKey)).toEqual(createPublicKey(RSA).export({ type: 'spki', format: 'der' }));
    expect(verify('sha256', DATA, createPublicKey(RSA), await key.sign(DATA, 'rsa-pkcs1-sha256'))).toBe(true);
    expect(server.requests).toMatchObject([
      { operation: 'GetPublicKey', region: 'eu-west-1', body: { KeyId: ARN } },
      {
        operation: 'Sign',
        body: {
          KeyId: ARN,
          MessageType: 'DIGEST',
          SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
          Message: createHash('sha256').update(DATA).digest('base64'),
        },
      },
    ]);
  });

  test('signs with ECDSA', async () => {
    const key = await open(await kms(EC));
    expect(key.algorithms).toEqual(['ecdsa-sha256']);
    expect(verify('sha256', DATA, createPublicKey(EC), await key.sign(DATA, 'ecdsa-sha256'))).toBe(true);
  });

  test('that is for something else is refused', async () => {
    const server = await kms(RSA, { usage: 'ENCRYPT_DECRYPT' });
    await expect(open(server)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      hint: expect.stringContaining('SIGN_VERIFY'),
    });
  });

  test.each([
    ['AccessDeniedException', 'ACCESS_DENIED'],
    ['NotFoundException', 'CONFIGURATION'],
    ['UnrecognizedClientException', 'CONFIGURATION'],
    ['ExpiredTokenException', 'CREDENTIALS'],
  ])('that answers %s is the error %s', async (refusal, code) => {
    await expect(open(await kms(RSA, { refuse: { GetPublicKey: refusal } }))).rejects.toMatchObject({ code });
  });

  test('that does not sign is an error of signing', async () => {
    const denied = await open(await kms(RSA, { refuse: { Sign: 'AccessDeniedException' } }));
    await expect(denied.sign(DATA, 'rsa-pkcs1-sha256')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    const disabled = await open(await kms(RSA, { refuse: { Sign: 'DisabledException' } }));
    await expect(disabled.sign(DATA, 'rsa-pkcs1-sha256')).rejects.toMatchObject({ code: 'SIGNING_FAILED' });
  });

  test('is named by an ARN', async () => {
    const server = await kms(RSA);
    for (const arn of [
      'alias/report',
      'arn:aws:s3:::bucket',
      `${ARN}\n`,
      ARN.replace('eu-west-1', 'evil.example.com/'),
    ])
      await expect(open(server, arn)).rejects.toMatchObject({ code: 'USAGE' });
    expect(server.requests).toEqual([]);
  });

  test('at a server that is not there', async () => {
    const server = await kms(RSA);
    await running.pop()?.close();
    await expect(open(server)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
