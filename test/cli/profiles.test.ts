/** Profiles as the installed command meets them: one clear error, and no word of the SDK's own on standard error. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type AwsServer, type AwsServerOptions, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import { startBuilt, useBuiltCommand } from '../support/built-command.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SERIAL = 'arn:aws:iam::111122223333:mfa/auditor';
const CONFIG = `[profile base]
aws_access_key_id = AKIAPROFILE
aws_secret_access_key = s
[profile audit]
role_arn = arn:aws:iam::444455556666:role/reader
source_profile = base
mfa_serial = ${SERIAL}
[profile role]
role_arn = arn:aws:iam::444455556666:role/reader
source_profile = base
`;

let config = '';
beforeEach(() => {
  stubAwsEnvironment('without credentials');
  config = path.join(temporaryFolder(), 'config');
  writeFileSync(config, CONFIG);
  vi.stubEnv('AWS_CONFIG_FILE', config);
});
afterEach(() => vi.unstubAllEnvs());

async function start(options: AwsServerOptions = {}): Promise<AwsServer> {
  const store = new ObjectStore();
  store.createBucket('example-trail-logs');
  const server = await startAwsServer({ store, ...options });
  onTestFinished(() => server.close());
  vi.stubEnv('AWS_ENDPOINT_URL_STS', server.url);
  return server;
}

const verify = (server: AwsServer, ...more: readonly string[]) => [
  ...['verify', 's3://example-trail-logs', '--endpoint-url', server.url, '--no-sign', '--output', 'out'],
  ...more,
];

describe('the installed command', () => {
  useBuiltCommand();

  test.each<readonly [string, readonly string[], NodeJS.ProcessEnv, RegExp]>([
    [
      'a profile besides keys of the environment',
      ['--profile', 'base'],
      {},
      /^trail-verify: .* holds no CloudTrail folders .*\nhint: .*\n$/,
    ],
    [
      'a role of a profile without a Region',
      ['--profile', 'role'],
      {},
      /^trail-verify: .* holds no CloudTrail folders .*\nhint: .*\n$/,
    ],
    [
      'a profile that is not there',
      [],
      { AWS_PROFILE: 'bass', AWS_ACCESS_KEY_ID: '' },
      /^trail-verify: there is no profile bass, which AWS_PROFILE names, .*\nhint: there are: base, .*\n$/,
    ],
    [
      'a device and no terminal',
      ['--profile', 'audit'],
      {},
      /^trail-verify: profile audit needs a code of the MFA device .*, and there is no terminal to ask at\nhint: .*\n$/,
    ],
  ])('says nothing but its own words for %s', async (_, more, environment, words) => {
    const server = await start();
    const { ended } = await startBuilt(verify(server, ...more), temporaryFolder(), {
      AWS_CONFIG_FILE: config,
      AWS_ENDPOINT_URL_STS: server.url,
      ...environment,
    });
    expect((await ended).error).toMatch(words);
  });
});

describe('the code of an MFA device', () => {
  test('is asked for at the terminal, once for all that a run asks AWS', async () => {
    const server = await start({ mfa: { serial: SERIAL, code: '123456' } });
    const before = process.cwd();
    onTestFinished(() => process.chdir(before));
    process.chdir(temporaryFolder());
    const state = ['--state', 's3://example-trail-logs/state.json'];
    const { error } = await runCommand(verify(server, '--profile', 'audit', ...state), { secret: '123456' });
    expect(error.match(/Code of the MFA device/g)).toHaveLength(1);
    expect(error).toContain(`Code of the MFA device ${SERIAL} for profile audit: `);
    expect(server.requests.filter(({ operation }) => operation === 'AssumeRole')).toHaveLength(1);
    const ofS3 = server.requests.filter(({ service }) => service === 's3');
    expect(ofS3.map(({ key }) => key)).toContain('state.json');
    expect(ofS3.every(({ accessKeyId }) => accessKeyId?.startsWith('ASIA'))).toBe(true);
  });

  test('that is wrong, and none, end the run as credentials do', async () => {
    const server = await start({ mfa: { serial: SERIAL, code: '123456' } });
    const codes = [];
    for (const secret of ['999999', 'x', undefined]) {
      const options = secret === undefined ? {} : { secret };
      codes.push((await runCommand(verify(server, '--profile', 'audit'), options)).exitCode);
    }
    codes.push((await runCommand(verify(server, '--profile', 'absent'))).exitCode);
    expect(codes).toEqual([4, 4, 4, 4]);
  });
});
