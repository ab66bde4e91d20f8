/** Profiles of the shared configuration that cannot give credentials, and those that need a code. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { MfaCode } from '../../src/aws/credentials.ts';
import { profileSources } from '../../src/aws/profiles.ts';
import type { AwsSettings } from '../../src/aws/session.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import { type AwsServer, type AwsServerOptions, ObjectStore } from '../support/aws-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sessionWith, useAws } from './aws-fixture.ts';

const aws = useAws();
const REF = { bucket: 'example-trail-logs', key: 'key' };
const SERIAL = 'arn:aws:iam::111122223333:mfa/auditor';
let home = '';

beforeEach(() => {
  home = temporaryFolder();
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
});

function useConfig(...lines: readonly string[]): void {
  const file = join(home, 'config');
  writeFileSync(file, `${lines.join('\n')}\n`);
  vi.stubEnv('AWS_CONFIG_FILE', file);
}

async function start(options: AwsServerOptions = {}): Promise<AwsServer> {
  const store = new ObjectStore();
  store.createBucket(REF.bucket);
  store.put(REF.bucket, REF.key, Buffer.from('x'));
  const server = await aws.start({ store, ...options });
  vi.stubEnv('AWS_ENDPOINT_URL_STS', server.url);
  return server;
}

const read = (server: AwsServer, settings: AwsSettings) =>
  openS3(sessionWith(server, settings)).open(REF, { maxBytes: 10 });

const KEYS = ['aws_access_key_id = AKIAPROFILE', 'aws_secret_access_key = s'];

describe('a profile that is not there', () => {
  test('is named with those that are, the nearest first and ten at most', async () => {
    const others = Array.from(
      { length: 12 },
      (_, at) => `[profile entirely-different-${at}]\nregion = eu-west-1`,
    );
    useConfig(
      ...others,
      '[profile prod]',
      ...KEYS,
      '[sso-session prodd]',
      'sso_region = x',
      '[profile Prods]',
      ...KEYS,
    );
    const server = await start();
    const refused = read(server, { profile: 'prodd' });
    await expect(refused).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: 'there is no profile prodd in the shared AWS configuration',
    });
    const { hint } = (await refused.catch((error: { hint: string }) => error)) as { hint: string };
    expect(hint).toMatch(/^there are: prod, Prods, (?:entirely-different-\d+, ){8}and 4 more$/);
    expect(server.requests).toEqual([]);
  });

  test('may be named by AWS_PROFILE, or as the source of another', async () => {
    useConfig('[profile lab]', `role_arn = arn:aws:iam::111122223333:role/r`, 'source_profile = gone');
    const server = await start();
    await expect(read(server, { profile: 'lab' })).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: 'profile lab has the source_profile gone, which is not there',
      hint: 'there are: lab',
    });
    vi.stubEnv('AWS_PROFILE', 'lap');
    await expect(read(server, {})).rejects.toMatchObject({
      message: 'there is no profile lap, which AWS_PROFILE names, in the shared AWS configuration',
      hint: 'there are: lab',
    });
  });

  test('is no trouble where it is the default, and there may be none at all', async () => {
    expect(await profileSources(undefined)).toEqual({
      name: 'default',
      sso: undefined,
      beforeCode: undefined,
    });
    await expect(profileSources('x')).rejects.toMatchObject({ hint: expect.stringContaining('no profile') });
  });

  test('is not the end of a circle of sources, nor a name that every object has', async () => {
    const role = 'role_arn = arn:aws:iam::111122223333:role/r';
    useConfig('[profile a]', role, 'source_profile = b', '[profile b]', role, 'source_profile = a');
    expect(await profileSources('a')).toMatchObject({ name: 'a' });
    await expect(profileSources('constructor')).rejects.toMatchObject({ code: 'CREDENTIALS' });
  });
});

describe('a session of IAM Identity Center', () => {
  test.each([
    ['that has expired', '2020-01-01T00:00:00Z'],
    ['that nobody began', undefined],
  ])('%s is mended by a login with the profile that has it', async (_, expiresAt) => {
    const url = 'https://example.awsapps.com/start';
    if (expiresAt !== undefined) {
      const folder = join(home, '.aws/sso/cache');
      mkdirSync(folder, { recursive: true });
      const name = createHash('sha1').update('main').digest('hex');
      writeFileSync(join(folder, `${name}.json`), JSON.stringify({ accessToken: 'token', expiresAt }));
    }
    useConfig(
      ...['[sso-session main]', `sso_start_url = ${url}`, 'sso_region = eu-west-1'],
      ...['[profile house]', 'sso_session = main', 'sso_account_id = 111122223333', 'sso_role_name = Audit'],
      ...['[profile role]', 'role_arn = arn:aws:iam::111122223333:role/r', 'source_profile = house'],
    );
    const server = await start();
    for (const profile of ['house', 'role'])
      await expect(read(server, { profile })).rejects.toMatchObject({
        code: 'CREDENTIALS',
        message: expect.stringContaining(`in profile ${profile}`),
        hint: 'log in again: aws sso login --profile house',
      });
  });
});

describe('a profile with an MFA device', () => {
  const config = (source: readonly string[] = KEYS): void =>
    useConfig(
      ...['[profile base]', ...source],
      ...['[profile audit]', 'role_arn = arn:aws:iam::444455556666:role/reader', 'source_profile = base'],
      `mfa_serial = ${SERIAL}`,
    );

  test('asks for its code once for all sessions that share the asker', async () => {
    config();
    const server = await start({ mfa: { serial: SERIAL, code: '123456' } });
    const mfaCode = vi.fn<MfaCode>(async () => ' 123456\n');
    const warned = vi.spyOn(console, 'warn');
    await read(server, { profile: 'audit', mfaCode });
    await read(server, { profile: 'audit', mfaCode });
    expect(mfaCode.mock.calls).toEqual([[SERIAL, 'audit']]);
    expect(server.requests.filter(({ operation }) => operation === 'AssumeRole')).toMatchObject([
      { accessKeyId: 'AKIAPROFILE', region: 'us-east-1', status: 200 },
    ]);
    expect(server.requests.at(-1)).toMatchObject({ operation: 'GetObject', status: 200 });
    expect(server.requests.at(-1)?.accessKeyId).toMatch(/^ASIA/);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  test.each<readonly [string, AwsSettings, string, string]>([
    ['nobody can be asked', {}, `profile audit needs a code of the MFA device ${SERIAL}`, 'at a terminal'],
    ['nobody answers', { mfaCode: async () => undefined }, 'there is no terminal', 'at a terminal'],
    ['the answer is none', { mfaCode: async () => '12 34' }, 'that is no code', 'six digits'],
    ['STS refuses the code', { mfaCode: async () => '999999' }, 'MultiFactorAuthentication failed', ''],
  ])('ends the run where %s', async (_, settings, message, hint) => {
    config();
    const server = await start({ mfa: { serial: SERIAL, code: '123456' } });
    await expect(read(server, { profile: 'audit', ...settings })).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  test('asks for no code where the credentials before it fail', async () => {
    config(['region = eu-west-1']);
    const mfaCode = vi.fn<MfaCode>(async () => '123456');
    await expect(read(await start(), { profile: 'audit', mfaCode })).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringContaining('[base]'),
    });
    expect(mfaCode).not.toHaveBeenCalled();
  });
});
