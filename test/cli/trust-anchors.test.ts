/** Where public keys come from, and where AWS is asked: what the command makes of endpoints and key files. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { isoTime } from '../../src/base/clock.ts';
import { readInventoryLine } from '../../src/report/inventory.ts';
import type { Report } from '../../src/report/report.ts';
import { type AwsServer, startAwsServer } from '../support/aws-server.ts';
import { atServer, keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { FOREIGN_KEY } from '../support/test-keys.ts';

const START = process.cwd();
const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
const schema = fileURLToPath(new URL('../../src/report/report-v1.schema.json', import.meta.url));
const validate = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync(schema, 'utf8')));
const TARGET = 's3://example-trail-logs';
const SPAN = ['--from', '2026-08-01', '--to', '2026-11-01'];

let server: AwsServer;
let at: readonly string[];

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(async () => {
  await server.close();
  process.chdir(START);
  vi.unstubAllEnvs();
});

/** Serves a scenario with the test keys, or with the key of an attacker. */
async function serve(name: string, whose: 'AWS' | 'attacker' = 'AWS'): Promise<void> {
  const { store, now } = (await loadScenario(name)).build();
  const { fingerprint, value, validFrom, validTo } = FOREIGN_KEY;
  const foreign = { fingerprint, value: Buffer.from(value).toString('base64'), validFrom, validTo };
  server = await startAwsServer({
    store,
    publicKeys: whose === 'AWS' ? serverKeys() : { 'us-east-1': [foreign] },
    now: () => now,
    trails: [
      {
        Name: 'audit',
        S3BucketName: 'example-trail-logs',
        HomeRegion: 'us-east-1',
        TrailARN: ARN,
        LogFileValidationEnabled: true,
      },
    ],
    trailStatus: { [ARN]: { 'us-east-1': { IsLogging: true } } },
  });
  at = ['--now', isoTime(now), '--no-sign', '--output', 'out'];
}
const ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit';

async function verify(...args: readonly string[]) {
  const { exitCode, out, error } = await runCommand(['verify', ...args, ...at], { columns: 200 });
  const report = JSON.parse(readFileSync('out/report.json', 'utf8')) as Report;
  validate(report);
  expect(validate.errors ?? []).toEqual([]);
  const codes = [...new Set(report.findings.map(({ code }) => code))].sort();
  return { exitCode, out: out.replaceAll(/\s+/g, ' '), error, report, codes };
}

const UNTRUSTED = { exitCode: 3, codes: ['KEYS_UNTRUSTED', 'NOTHING_VERIFIED'] };

describe('a re-signed bucket behind an endpoint of its own is never VALID', () => {
  test('named by the option', async () => {
    await serve('keys-untrusted', 'attacker');
    const { report, out, ...ended } = await verify(TARGET, ...atServer(server));
    expect(ended).toMatchObject(UNTRUSTED);
    expect(report.run.endpoints).toEqual(
      (['cloudtrail', 's3', 'sts'] as const).map((service) => ({
        service,
        url: server.url,
        source: 'option',
        aws: false,
      })),
    );
    expect(report.keys).toMatchObject([{ trusted: false, endpoint: server.url, usedByDigests: 0 }]);
    expect(out).toContain(
      ` endpoints ${server.url} for CloudTrail, S3 and STS (from --endpoint-url; not AWS's) `,
    );
    expect(out).toContain(`ListPublicKeys in us-east-1 at ${server.url}, which is not AWS's, not trusted`);
    for (const format of ['markdown', 'html', 'text']) {
      const { out: rendered } = await runCommand(['report', 'render', 'out/report.json', '--format', format]);
      const plain = rendered.replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
      expect(plain.replaceAll(/\s+/g, ' ')).toContain(`${server.url} for CloudTrail, S3 and STS`);
    }
  });

  test('named by the environment', async () => {
    await serve('keys-untrusted', 'attacker');
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    const { report, ...ended } = await verify(TARGET);
    expect(ended).toMatchObject(UNTRUSTED);
    expect(report.run.endpoints?.map(({ service, source }) => `${service} ${source}`)).toEqual([
      'cloudtrail environment',
      's3 environment',
      'sts environment',
    ]);
  });

  test.each([
    ['an endpoint', (url: string) => `endpoint_url = ${url}\n`],
    ['a services section', (url: string) => `services = lab\n[services lab]\n${servicesAt(url)}`],
  ])('named by %s of the profile', async (_, section) => {
    await serve('keys-untrusted', 'attacker');
    const credentials = 'aws_access_key_id = example\naws_secret_access_key = example\n';
    writeFileSync('config', `[profile lab]\nregion = us-east-1\n${credentials}${section(server.url)}`);
    vi.stubEnv('AWS_CONFIG_FILE', `${process.cwd()}/config`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const { report, ...ended } = await verify(TARGET, '--profile', 'lab');
    expect(ended).toMatchObject(UNTRUSTED);
    expect(new Set(report.run.endpoints?.map(({ source }) => source))).toEqual(new Set(['profile']));
  });

  test('named for CloudTrail alone, with a folder', async () => {
    await serve('intact');
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDTRAIL', server.url);
    vi.stubEnv('AWS_ENDPOINT_URL_STS', server.url);
    const copy = fileURLToPath(new URL('../../fixtures/intact/copy', import.meta.url));
    const { report, ...ended } = await verify(copy);
    expect(ended.exitCode).toBe(3);
    expect(ended.codes).toContain('KEYS_UNTRUSTED');
    expect(report.totals.digests.valid).toBe(0);
    expect(report.run.endpoints?.map(({ service }) => service)).toEqual(['cloudtrail', 'sts']);
  });

  test('with --accept, for such findings cannot be accepted', async () => {
    await serve('keys-untrusted', 'attacker');
    const acceptance = {
      name: 'keys',
      code: 'KEYS_UNTRUSTED',
      chain: '111122223333/*',
      reason: 'an emulator',
      acceptedBy: 'nobody',
      expires: '2030-01-01',
    };
    writeFileSync('accept.json', JSON.stringify([acceptance]));
    const args = ['verify', TARGET, ...atServer(server), ...at, '--accept', 'accept.json'];
    expect(await runCommand(args)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('KEYS_UNTRUSTED cannot be accepted'),
    });
  });
});

describe('keys that count', () => {
  test('those of --keys, wherever the bucket lies', async () => {
    await serve('intact');
    const { report, ...ended } = await verify(TARGET, ...atServer(server), '--keys', KEYS);
    expect(ended).toMatchObject({ exitCode: 0 });
    expect(
      report.keys.every(({ trusted, endpoint }) => trusted === undefined && endpoint === undefined),
    ).toBe(true);
    expect(report.run.endpoints?.map(({ service }) => service)).toEqual(['s3', 'sts']);
  });

  test('those of an endpoint that is trusted expressly, which the report says', async () => {
    await serve('intact');
    const { report, out, ...ended } = await verify(TARGET, ...keysAtServer(server));
    expect(ended).toMatchObject({ exitCode: 0 });
    expect(
      report.keys.every(({ trusted, endpoint }) => trusted === undefined && endpoint === server.url),
    ).toBe(true);
    expect(report.limits).toContainEqual({
      code: 'KEYS',
      text: expect.stringContaining(`came from ${server.url}, which is not AWS's, and were trusted`),
    });
    // A line may end within the address.
    expect(out.replaceAll(' ', '')).toContain(`at${server.url},whichisnotAWS'sendpoints`);
  });

  test('user and password of an endpoint stay out of the report', async () => {
    await serve('intact');
    const secret = server.url.replace('http://', 'http://user:secret@');
    const { report } = await verify(TARGET, '--endpoint-url', secret, '--keys', KEYS);
    expect(JSON.stringify(report.run)).not.toContain('secret');
    expect(report.run.endpoints?.[0]?.url).toBe(server.url);
  });
});

describe('what must be there, named by an endpoint', () => {
  test('is a limit where that is not AWS', async () => {
    await serve('intact');
    const { report } = await verify(ARN, ...atServer(server), '--keys', KEYS);
    expect(report.limits).toContainEqual({
      code: 'TRAIL_FROM_ENDPOINT',
      text: expect.stringContaining(`named by ${server.url}, which is not AWS's`),
    });
  });

  test('more authorities than those of Node.js are a limit, and so are unchecked certificates', async () => {
    await serve('intact');
    vi.stubEnv('NODE_EXTRA_CA_CERTS', '/etc/company-ca.pem');
    const { report } = await verify(TARGET, ...keysAtServer(server));
    expect(report.limits).toContainEqual({
      code: 'TLS_EXTRA_AUTHORITIES',
      text: expect.stringContaining('/etc/company-ca.pem (NODE_EXTRA_CA_CERTS)'),
    });
  });
});

test('a proof is not proven by the keys of the bag that its report lies in', async () => {
  await serve('intact');
  const copy = fileURLToPath(new URL('../../fixtures/intact/copy', import.meta.url));
  await runCommand(['verify', copy, '--keys', KEYS, '--bag', ...at]);
  const lines = gunzipSync(readFileSync('out/inventory.jsonl.gz')).toString().split('\n');
  const log = lines.flatMap((line) => readInventoryLine(line) ?? []).find(({ kind }) => kind === 'log');
  const uri = `s3://${log?.bucket}/${log?.key}`;
  const report = ['--report', 'out/report.json'];
  const made = await runCommand(['prove', uri, ...report, '--source', copy, '--output', 'proof.json']);
  expect(made).toMatchObject({ exitCode: 3 });
  const check = (keys: string) => runCommand(['proof', 'verify', 'proof.json', ...report, '--keys', keys]);
  expect(await check(KEYS)).toMatchObject({ exitCode: 0 });
  expect(await check('out/data/keys/keys.jsonl')).toMatchObject({
    exitCode: 3,
    out: `UNPROVEN: ${uri}: the key is none of those given with --keys that are outside the evidence\n`,
  });
});

describe('keys that are saved', () => {
  test('keys fetch writes none of an endpoint that is not AWS, unless told to', async () => {
    await serve('intact');
    const fetch = ['keys', 'fetch', '--region', 'us-east-1', ...SPAN, '--output', 'k.jsonl'];
    expect(await runCommand([...fetch, ...atServer(server)])).toEqual({
      exitCode: 2,
      out: '',
      error: expect.stringContaining(
        `the public keys of us-east-1 came from ${server.url}, which is not AWS's\n`,
      ),
    });
    expect(existsSync('k.jsonl')).toBe(false);
    expect(await runCommand([...fetch, ...keysAtServer(server)])).toMatchObject({ exitCode: 0 });
  });

  test('collect keeps none of them, and says so', async () => {
    await serve('intact');
    const { exitCode, error } = await runCommand(['collect', TARGET, 'copy', ...atServer(server)]);
    expect(exitCode).toBe(0);
    expect(error).toContain(`the public keys of us-east-1 were not kept: ${server.url} is not AWS's`);
    expect(existsSync('copy/keys.jsonl')).toBe(false);
  });
});

function servicesAt(url: string): string {
  return ['cloudtrail', 's3', 'sts'].map((name) => `${name} =\n  endpoint_url = ${url}\n`).join('');
}
