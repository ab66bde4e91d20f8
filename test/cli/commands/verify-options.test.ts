import { describe, expect, test } from 'vitest';
import { type RawVerifyOptions, readVerifySettings } from '../../../src/cli/commands/verify-options.ts';
import { UsageError } from '../../../src/cli/options/usage-error.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const ARN = 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit';
const DEFAULTS: RawVerifyOptions = {
  logs: true,
  unlisted: true,
  format: 'text',
  failOn: 'inconclusive',
  color: true,
};

function read(target: string | undefined, raw: Partial<RawVerifyOptions> = {}) {
  return readVerifySettings(target, { ...DEFAULTS, ...raw }, NOW);
}

describe('the place', () => {
  test('of aws cloudtrail validate-logs: an ARN alone', () => {
    const { place, trail } = read(undefined, { trailArn: ARN });
    expect(place).toMatchObject({ kind: 'trail', arn: ARN });
    expect(trail).toBe(place);
  });

  test('of validate-logs: an ARN and where its files are', () => {
    const { place, trail } = read(undefined, { trailArn: ARN, s3Bucket: 'moved-bucket', s3Prefix: 'x' });
    expect(place).toEqual({ kind: 's3', bucket: 'moved-bucket', prefix: 'x/' });
    expect(trail).toMatchObject({ name: 'audit', account: '111122223333' });
  });

  test('of validate-logs: another prefix in the bucket of the ARN', () => {
    expect(read(undefined, { trailArn: ARN, s3Prefix: 'x' }).prefix).toBe('x/');
  });

  test.each([
    ['no target at all', undefined, {}],
    ['two places', 's3://my-bucket', { s3Bucket: 'other-bucket' }],
    ['two ARNs', ARN, { trailArn: ARN }],
    ['a prefix beside a target', 's3://my-bucket', { s3Prefix: 'x' }],
    ['no ARN', undefined, { trailArn: 'audit' }],
  ])('%s is refused', (_name, target, raw) => {
    expect(() => read(target, raw)).toThrow(UsageError);
  });

  test('a target that --account swallowed is named', () => {
    expect(() => read(undefined, { account: ['111122223333', 's3://my-bucket'] })).toThrow(
      '--account: "s3://my-bucket" is not an account id of twelve digits',
    );
  });
});

describe('how a folder is read', () => {
  test('is left to the folder, or said', () => {
    expect(read('copy').layout).toEqual({ layout: undefined, bucket: undefined });
    const said = { layout: 'collect', bucket: 'my-bucket' };
    expect(read('copy', said).layout).toEqual(said);
  });

  test.each([
    ['copy', { layout: 'tree' }, '--layout: "tree"'],
    ['copy', { bucket: 's3://my-bucket' }, '--bucket: "s3://my-bucket"'],
    ['copy', { layout: 'bag', bucket: 'my-bucket' }, '--bucket is of no use with --layout bag'],
    ['s3://my-bucket', { layout: 'sync' }, '--layout is of use with a folder only'],
    [ARN, { bucket: 'my-bucket' }, '--bucket is of use with a folder only'],
  ])('%s with %j is refused', (target, raw, why) => {
    expect(() => read(target, raw)).toThrow(why);
  });
});

describe('the window', () => {
  test('ages count from --now', () => {
    expect(read('s3://my-bucket', { now: '2026-11-10', from: '1d' }).from).toBe(Date.UTC(2026, 10, 9));
  });

  test('aliases', () => {
    const { from, to } = read('s3://my-bucket', { startTime: '2026-11-01', endTime: '2026-11-02' });
    expect([from, to]).toEqual([Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 2)]);
  });

  test.each([
    ['from after to', { from: '2026-11-02', to: '2026-11-01' }, 'is not before --to'],
    ['from equal to to', { from: '2026-11-02', to: '2026-11-02' }, 'is not before --to'],
    ['from in the future', { from: '2027-01-01' }, 'is not before now'],
    ['an option and its alias', { from: '1d', startTime: '1d' }, 'are the same option'],
    ['a bad alias', { endTime: 'soon' }, '--end-time: "soon" is not a time'],
  ])('%s is refused', (_name, raw, why) => {
    expect(() => read('s3://my-bucket', raw)).toThrow(why);
  });
});

describe('other options', () => {
  test('an alias adds to --account', () => {
    const { accounts } = read('s3://my-bucket', { account: ['111122223333'], accountId: ['444455556666'] });
    expect(accounts).toEqual(['111122223333', '444455556666']);
  });

  test.each([
    [{ concurrency: '0' }, '--concurrency: "0"'],
    [{ concurrency: '1e3' }, '--concurrency: "1e3"'],
    [{ workers: 'many' }, '--workers: "many"'],
    [{ maxRate: '-1' }, '--max-rate: "-1"'],
    [{ region: ['US EAST'] }, '--region: "US EAST"'],
    [{ trail: ['a/b'] }, '--trail: "a/b"'],
    [{ endpointUrl: 'localhost:9000' }, '--endpoint-url: "localhost:9000"'],
    [{ roleArn: 'auditor' }, '--role-arn: "auditor"'],
    [{ relocated: ['x'] }, '--relocated: "x"'],
    [{ quiet: true, verbose: true }, '--quiet and --verbose'],
    [{ now: 'then' }, '--now: "then"'],
  ])('%j is refused', (raw, why) => {
    expect(() => read('s3://my-bucket', raw)).toThrow(UsageError);
    expect(() => read('s3://my-bucket', raw)).toThrow(why);
  });

  test('numbers and places are read', () => {
    const settings = read('copy', {
      concurrency: '128',
      workers: '0',
      maxRate: '50',
      relocated: ['from-bucket=to-bucket'],
      endpointUrl: 'http://127.0.0.1:9000',
      profile: 'audit',
    });
    expect(settings).toMatchObject({
      concurrency: 128,
      workers: 0,
      maxRate: 50,
      relocated: [{ from: 'from-bucket', to: 'to-bucket' }],
      access: { endpointUrl: 'http://127.0.0.1:9000', profile: 'audit' },
    });
  });
});
