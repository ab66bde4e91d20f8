import { describe, expect, test } from 'vitest';
import type { VerifySettings } from '../../../src/cli/commands/verify-options.ts';
import { UsageError } from '../../../src/cli/options/common.ts';
import { verifySettings } from '../../support/verify-settings.ts';

const NOW = ['--now', '2026-11-21T12:00:00Z'];
const ARN = 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit';

/** What `verify` of a bucket is asked for. */
function read(...args: readonly string[]): Promise<VerifySettings> {
  return verifySettings('s3://my-bucket', ...NOW, ...args);
}

describe('the place', () => {
  test('of aws cloudtrail validate-logs: an ARN alone', async () => {
    const { place, trail } = await verifySettings('--trail-arn', ARN);
    expect(place).toMatchObject({ kind: 'trail', arn: ARN });
    expect(trail).toBe(place);
  });

  test('of validate-logs: an ARN and where its files are', async () => {
    const where = ['--s3-bucket', 'moved-bucket', '--s3-prefix', 'x'];
    const { place, trail, prefix } = await verifySettings('--trail-arn', ARN, ...where);
    expect(place).toEqual({ kind: 's3', bucket: 'moved-bucket', prefix: 'x/' });
    expect(trail).toMatchObject({ name: 'audit', account: '111122223333' });
    expect(prefix).toBeUndefined();
  });

  test('of validate-logs: another prefix in the bucket of the ARN', async () => {
    expect((await verifySettings('--trail-arn', ARN, '--s3-prefix', 'x')).prefix).toBe('x/');
    expect((await verifySettings(ARN, '--s3-prefix', 'x')).prefix).toBe('x/');
  });

  test.each([
    ['no target at all', []],
    ['two places', ['s3://my-bucket', '--s3-bucket', 'other-bucket']],
    ['two ARNs', [ARN, '--trail-arn', ARN]],
    ['a prefix beside a target', ['s3://my-bucket', '--s3-prefix', 'x']],
    ['no ARN', ['--trail-arn', 'audit']],
    ['an ARN of something else', ['arn:aws:iam::111122223333:trail/audit']],
    ['an ARN without a Region', ['arn:aws:cloudtrail::111122223333:trail/audit']],
  ])('%s is refused', async (_name, args) => {
    await expect(verifySettings(...args)).rejects.toThrow(UsageError);
  });

  test('a target that --account swallowed is named', async () => {
    await expect(verifySettings('--account', '111122223333', 's3://my-bucket')).rejects.toThrow(
      '--account: "s3://my-bucket" is not an account id of twelve digits',
    );
  });
});

describe('how a folder is read', () => {
  test('is left to the folder, or said', async () => {
    expect((await verifySettings('copy')).layout).toEqual({ layout: undefined, bucket: undefined });
    const said = ['--layout', 'collect', '--bucket', 'my-bucket'];
    expect((await verifySettings('copy', ...said)).layout).toEqual({
      layout: 'collect',
      bucket: 'my-bucket',
    });
  });

  test.each([
    [['copy', '--layout', 'tree'], '--layout: there is no "tree"'],
    [['copy', '--bucket', 's3://my-bucket'], '--bucket: "s3://my-bucket"'],
    [['copy', '--layout', 'bag', '--bucket', 'my-bucket'], '--bucket is of no use with --layout bag'],
    [['s3://my-bucket', '--layout', 'sync'], '--layout is of use with a folder only'],
    [[ARN, '--bucket', 'my-bucket'], '--bucket is of use with a folder or an access point only'],
  ])('%j is refused', async (args, why) => {
    await expect(verifySettings(...args)).rejects.toThrow(why);
  });
});

describe('the window', () => {
  test('ages count from --now, wherever it is written', async () => {
    const expected = Date.UTC(2026, 10, 9);
    for (const args of [
      ['--now', '2026-11-10', '--from', '1d'],
      ['--from', '1d', '--now', '2026-11-10'],
    ])
      expect((await verifySettings('s3://my-bucket', ...args)).from).toBe(expected);
  });

  test('aliases', async () => {
    const { from, to } = await read('--start-time', '2026-11-01', '--end-time', '2026-11-02');
    expect([from, to]).toEqual([Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 2)]);
  });

  test.each([
    [
      'from after to',
      ['--from', '2026-11-02', '--to', '2026-11-01'],
      '--from (2026-11-02T00:00:00.000Z) is not before --to',
    ],
    ['from equal to to', ['--from', '2026-11-02', '--to', '2026-11-02'], 'is not before --to'],
    ['from in the future', ['--from', '2027-01-01'], 'is not before now'],
    [
      'an alias after another',
      ['--start-time', '2026-11-02', '--end-time', '2026-11-01'],
      '--start-time (2026-11-02T00:00:00.000Z) is not before --end-time',
    ],
    ['an option and its alias', ['--from', '1d', '--start-time', '1d'], 'are the same option'],
    ['a bad alias', ['--end-time', 'soon'], '--end-time: "soon" is not a time'],
    ['an age before all time', ['--from', '99999999w'], '--from: "99999999w" is not within the years'],
  ])('%s is refused', async (_name, args, why) => {
    await expect(read(...args)).rejects.toThrow(why);
  });
});

describe('other options', () => {
  test('an alias adds to --account', async () => {
    const { accounts } = await read('--account', '111122223333', '--account-id', '444455556666');
    expect(accounts).toEqual(['111122223333', '444455556666']);
  });

  test.each([
    [['--concurrency', '0'], '--concurrency: "0"'],
    [['--concurrency', '1e3'], '--concurrency: "1e3"'],
    [['--workers', 'many'], '--workers: "many"'],
    [['--max-rate=-1'], '--max-rate: "-1"'],
    [['--region', 'US EAST'], '--region: "US EAST"'],
    [['--trail', 'a/b'], '--trail: "a/b"'],
    [['--endpoint-url', 'localhost:9000'], '--endpoint-url: "localhost:9000"'],
    [['--role-arn', 'auditor'], '--role-arn: "auditor"'],
    [['--role-arn', 'arn:aws:iam::111122223333:user/auditor'], '--role-arn: "arn:aws:iam'],
    [['--role-arn', 'arn:aws:iam:::role/auditor'], '--role-arn: "arn:aws:iam'],
    [['--relocated', 'x'], '--relocated: "x"'],
    [['--quiet', '--verbose'], '--quiet and --verbose'],
    [['--now', 'then'], '--now: "then"'],
    [['--state', 's3://my-bucket'], '--state: "s3://my-bucket" names no object'],
    [['--state', 's3://my-bucket/folder/'], '--state: "s3://my-bucket/folder/" names no object'],
    [['--state-signer', 'a.pem'], '--state-signer is of use with --state only'],
    [['--tsa-ca', 'a.pem'], '--tsa-ca is of use with --tsa only'],
    [['--archive', 'bag.tar.gz'], '--archive is of use with --bag only'],
    [['--case', ''], '--case is not one line of text'],
  ])('%j is refused', async (args, why) => {
    await expect(read(...args)).rejects.toThrow(UsageError);
    await expect(read(...args)).rejects.toThrow(why);
  });

  test('numbers and places are read', async () => {
    const settings = await verifySettings(
      'copy',
      ...['--concurrency', '128', '--workers', '0', '--max-rate', '50'],
      ...['--relocated', 'from-bucket=to-bucket', '--endpoint-url', 'http://127.0.0.1:9000'],
      ...['--profile', 'audit', '--role-arn', 'arn:aws-cn:iam::111122223333:role/path/auditor'],
    );
    expect(settings).toMatchObject({
      concurrency: 128,
      workers: 0,
      maxRate: 50,
      relocated: [{ from: 'from-bucket', to: 'to-bucket' }],
      access: {
        endpointUrl: 'http://127.0.0.1:9000',
        profile: 'audit',
        roleArn: 'arn:aws-cn:iam::111122223333:role/path/auditor',
      },
    });
  });
});
