import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openAwsSession } from '../../src/aws/session.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import { ObjectStore } from '../support/aws-server.ts';
import { sessionWith, useAws } from './aws-fixture.ts';

const aws = useAws();
const LIMIT = { maxBytes: 1000 };
const REF = { bucket: 'example-trail-logs', key: 'key' };
const ROLE = 'arn:aws:iam::444455556666:role/reader';
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trail-verify-'));
});
afterEach(() => rm(folder, { recursive: true }));

function store(): ObjectStore {
  const objects = new ObjectStore();
  objects.createBucket(REF.bucket);
  objects.put(REF.bucket, REF.key, Buffer.from('x'));
  return objects;
}

async function useConfig(text: string): Promise<void> {
  const path = join(folder, 'config');
  await writeFile(path, text);
  vi.stubEnv('AWS_CONFIG_FILE', path);
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
}

describe('endpoints', () => {
  test('of the environment are honoured, and addressed by path under a host name too', async () => {
    const server = await aws.start({ store: store() });
    vi.stubEnv('AWS_ENDPOINT_URL', server.url.replace('127.0.0.1', 'localhost'));
    await openS3(openAwsSession()).open(REF, LIMIT);
    expect(server.requests.at(-1)).toMatchObject({ path: `/${REF.bucket}/${REF.key}`, status: 200 });
  });

  test('of one service go before the common one', async () => {
    const server = await aws.start({ store: store() });
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url);
    await openS3(openAwsSession()).open(REF, LIMIT);
    expect(server.requests.at(-1)?.status).toBe(200);
  });

  test('of the named profile are honoured, with its credentials and Region', async () => {
    const server = await aws.start({ store: store() });
    await useConfig(
      `[profile minio]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\nregion = eu-west-3\nendpoint_url = ${server.url}\n`,
    );
    await openS3(openAwsSession({ profile: 'minio' })).open(REF, LIMIT);
    expect(server.requests[0]).toMatchObject({ accessKeyId: 'AKIAPROFILE', region: 'eu-west-3' });
  });

  test('in the services section of a profile are honoured', async () => {
    const server = await aws.start({ store: store() });
    await useConfig(
      `[profile lab]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\nservices = lab\n[services lab]\ns3 =\n  endpoint_url = ${server.url}\n`,
    );
    await openS3(openAwsSession({ profile: 'lab' })).open(REF, LIMIT);
    expect(server.requests.at(-1)?.status).toBe(200);
  });

  test('and Regions that can be none are refused', () => {
    for (const endpointUrl of ['localhost:9000', 'nonsense', 'ftp://host', '']) {
      expect(() => openAwsSession({ endpointUrl })).toThrow(expect.objectContaining({ code: 'USAGE' }));
    }
    expect(() => openAwsSession({ region: 'eu-west-1.example.com/' })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });
});

describe('credentials', () => {
  test('an absent profile ends the run and is named', async () => {
    const server = await aws.start({ store: store() });
    await useConfig('[default]\nregion = eu-west-1\n');
    await expect(openS3(sessionWith(server, { profile: 'absent' })).open(REF, LIMIT)).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringContaining('there is no profile absent'),
    });
  });

  test('of the environment come before AWS_PROFILE, and a profile that is given before both', async () => {
    const server = await aws.start({ store: store() });
    await useConfig('[profile lab]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n');
    vi.stubEnv('AWS_PROFILE', 'lab');
    const keyOf = async (profile?: string) => {
      await openS3(sessionWith(server, { profile })).open(REF, LIMIT);
      return server.requests.at(-1)?.accessKeyId;
    };
    expect(await keyOf()).toBe('AKIAPROFILE');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
    const written = vi.spyOn(console, 'warn');
    expect(await keyOf()).toBe('AKIAENVIRONMENT');
    expect(await keyOf('lab')).toBe('AKIAPROFILE');
    expect(written).not.toHaveBeenCalled();
    written.mockRestore();
  });

  test('a role is assumed once for all Regions and clients', async () => {
    const objects = store();
    objects.createBucket('logs-elsewhere', { region: 'eu-central-1' });
    objects.put('logs-elsewhere', 'key', Buffer.from('x'));
    const server = await aws.start({ store: objects, strictRegions: true });
    const source = openS3(sessionWith(server, { roleArn: ROLE }));
    const buckets = [REF.bucket, 'logs-elsewhere', REF.bucket];
    await Promise.all(buckets.map((bucket) => source.open({ bucket, key: 'key' }, LIMIT)));
    expect(server.requests.filter(({ operation }) => operation === 'AssumeRole')).toHaveLength(1);
    const read = server.requests.filter(({ operation }) => operation === 'GetObject');
    expect(read.every(({ accessKeyId }) => accessKeyId !== 'AKIAEXAMPLE')).toBe(true);
  });

  test('a role that may not be assumed ends the run and is named', async () => {
    const server = await aws.start({ store: store(), deny: new Set(['sts:AssumeRole']) });
    await expect(openS3(sessionWith(server, { roleArn: ROLE })).open(REF, LIMIT)).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringContaining(ROLE),
      hint: expect.stringContaining('sts:AssumeRole'),
    });
  });
});
