import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AwsServer, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import { type CommandResult, keysAtServer, runCommand, stubAwsEnvironment } from '../support/command.ts';
import { expectGolden } from '../support/golden.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WEAK_KEY } from '../support/test-keys.ts';

const START = process.cwd();
const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
const COPY = fileURLToPath(new URL('../../fixtures/intact/copy', import.meta.url));
const BUCKET = 's3://example-bucket';

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

async function withServer(
  options: Parameters<typeof startAwsServer>[0],
  act: (server: AwsServer) => Promise<CommandResult>,
): Promise<CommandResult> {
  const store = new ObjectStore();
  store.createBucket('example-bucket');
  const server = await startAwsServer({ store, ...options });
  try {
    return await act(server);
  } finally {
    await server.close();
  }
}

function fileOf(name: string, text: string): string {
  writeFileSync(name, text);
  return name;
}

/** Each bad input, the exit code it must have, and how it is brought about. */
const CASES: readonly (readonly [name: string, exitCode: number, run: () => Promise<CommandResult>])[] = [
  ['an unknown command', 2, () => runCommand(['verfy', BUCKET])],
  ['an unknown option', 2, () => runCommand(['verify', BUCKET, '--form', '7d'])],
  ['an unknown format', 2, () => runCommand(['verify', BUCKET, '--format', 'xml'])],
  ['no target', 2, () => runCommand(['verify'])],
  ['no folder to collect into', 2, () => runCommand(['collect', BUCKET])],
  ['no Region to fetch keys of', 2, () => runCommand(['keys', 'fetch'])],
  ['a value given twice', 2, () => runCommand(['verify', COPY, '--expect', 'a.json', '--expect', 'b.json'])],
  ['an empty value', 2, () => runCommand(['verify', COPY, '--metrics', ''])],
  [
    'a name that can be a file or a list of files',
    2,
    () => {
      for (const name of ['a.pem', 'a.pem,b.pem']) fileOf(name, '');
      return runCommand(['verify', COPY, '--keys', 'a.pem,b.pem']);
    },
  ],
  ['metrics in place of a device', 2, () => runCommand(['verify', COPY, '--metrics', '/dev/null'])],
  ['a bad date', 2, () => runCommand(['verify', BUCKET, '--from', 'last tuesday'])],
  ['a date that does not exist', 2, () => runCommand(['verify', BUCKET, '--to', '2026-02-30'])],
  [
    'from after to',
    2,
    () => runCommand(['verify', BUCKET, '--from', '2026-11-02', '--to', '2026-11-02T01:00:00+02:00']),
  ],
  ['a target of another kind', 2, () => runCommand(['verify', 'https://example.com/bucket'])],
  ['a bad trail ARN', 2, () => runCommand(['verify', 'arn:aws:cloudtrail:us-east-1:trail/x'])],
  ['a finding code there is none of', 2, () => runCommand(['explain', 'LOG_MODFIED'])],
  ['a key file that is not there', 2, () => runCommand(['verify', COPY, '--keys', 'none.json'])],
  ['an empty key file', 2, () => runCommand(['verify', COPY, '--keys', fileOf('empty.json', '')])],
  [
    'a key file that is something else',
    2,
    () => runCommand(['verify', COPY, '--keys', fileOf('notes.txt', 'the keys are elsewhere')]),
  ],
  [
    'a key with the wrong fingerprint',
    2,
    () => {
      const text = readFileSync(KEYS, 'utf8').replace(
        /"fingerprint":"[0-9a-f]{8}/,
        '"fingerprint":"00000000',
      );
      return runCommand(['keys', 'list', fileOf('keys.jsonl', text)]);
    },
  ],
  [
    'a key too short to trust',
    2,
    () => {
      const { fingerprint, value, region } = WEAK_KEY;
      const base64 = Buffer.from(value).toString('base64');
      const validity = { validFrom: '2026-10-01T00:00:00Z', validTo: '2026-10-31T00:00:00Z' };
      const line = JSON.stringify({ region, fingerprint, value: base64, ...validity });
      return runCommand(['verify', COPY, '--keys', fileOf('weak.jsonl', line)]);
    },
  ],
  [
    'a list of what must be there that says nothing',
    2,
    () => runCommand(['verify', COPY, '--keys', KEYS, '--expect', fileOf('expect.json', '{"accounts":[]}')]),
  ],
  ['a folder that is not there', 2, () => runCommand(['verify', 'no-such-folder', '--keys', KEYS])],
  ['a file as target', 2, () => runCommand(['verify', fileOf('file', ''), '--keys', KEYS])],
  [
    'a folder without CloudTrail files',
    2,
    () => {
      mkdirSync('photos/2026', { recursive: true });
      fileOf('photos/2026/beach.jpg', 'x');
      return runCommand(['verify', 'photos', '--keys', KEYS]);
    },
  ],
  [
    'an output folder that is not empty',
    2,
    () => {
      mkdirSync('out');
      fileOf('out/report.json', 'of another run');
      return runCommand(['verify', COPY, '--keys', KEYS, '--output', 'out']);
    },
  ],
  ['an output folder that is a file', 2, () => runCommand(['verify', COPY, '--output', fileOf('file', '')])],
  [
    'a bag in the copy that it would be made of',
    2,
    () => {
      process.chdir(COPY);
      return runCommand(['verify', '.', '--keys', KEYS, '--no-sign', '--bag']);
    },
  ],
  [
    'a bag in that copy, by name',
    2,
    () =>
      runCommand(['verify', COPY, '--keys', KEYS, '--no-sign', '--bag', '--output', path.join(COPY, 'bag')]),
  ],
  [
    'a new key below a file',
    2,
    () => runCommand(['keygen', '--output', `${fileOf('file', '')}/key`, '--subject', 'CN=Example']),
  ],
  [
    'a rendering below a file',
    2,
    async () => {
      await runCommand(['verify', COPY, '--keys', KEYS, '--no-sign', '--output', 'out']);
      const csv = `${fileOf('file', '')}/r.csv`;
      return runCommand(['report', 'render', 'out/report.json', '--format', 'csv', '--output', csv]);
    },
  ],
  [
    'a state below a file',
    2,
    () =>
      runCommand(['verify', COPY, '--keys', KEYS, '--no-sign', '--state', `${fileOf('file', '')}/s.json`]),
  ],
  [
    'a folder, no keys and no credentials',
    4,
    () => {
      stubAwsEnvironment('without credentials');
      return runCommand(['verify', COPY]);
    },
  ],
  [
    'no credentials',
    4,
    () => {
      stubAwsEnvironment('without credentials');
      return withServer({}, (server) => runCommand(['verify', BUCKET, ...keysAtServer(server)]));
    },
  ],
  [
    'credentials that have expired',
    4,
    () =>
      withServer({ expired: new Set(['example']) }, (server) =>
        runCommand(['verify', BUCKET, ...keysAtServer(server)]),
      ),
  ],
  [
    'a bucket that is not there',
    2,
    () => withServer({}, (server) => runCommand(['verify', 's3://no-such-bucket', ...keysAtServer(server)])),
  ],
  [
    'a bucket without CloudTrail files',
    2,
    () => withServer({}, (server) => runCommand(['verify', BUCKET, ...keysAtServer(server)])),
  ],
  [
    'nothing to collect',
    2,
    () => withServer({}, (server) => runCommand(['collect', BUCKET, 'copy', ...keysAtServer(server)])),
  ],
  [
    'no permission to list',
    4,
    () =>
      withServer({ deny: new Set(['s3:ListBucket']) }, (server) =>
        runCommand(['verify', BUCKET, ...keysAtServer(server)]),
      ),
  ],
  [
    'a trail that is not there',
    2,
    () =>
      withServer({}, (server) =>
        runCommand([
          'verify',
          'arn:aws:cloudtrail:us-east-1:111122223333:trail/gone',
          ...keysAtServer(server),
        ]),
      ),
  ],
  [
    'keys that may not be listed',
    4,
    () =>
      withServer({ deny: new Set(['cloudtrail:ListPublicKeys']) }, (server) =>
        runCommand([
          'keys',
          'fetch',
          '--region',
          'us-east-1',
          '--output',
          'k.jsonl',
          ...keysAtServer(server),
        ]),
      ),
  ],
];

/** What does not change from run to run. */
function stable(text: string): string {
  return text
    .replaceAll(process.cwd(), '<here>')
    .replaceAll(COPY, '<copy>')
    .replace(/127\.0\.0\.1:\d+/g, '<server>');
}

describe('bad input', () => {
  test.each(CASES)('%s: exit %d, one line and a hint, nothing half-written', async (_name, exitCode, run) => {
    const result = await run();
    expect(result.error).toMatch(/^trail-verify: [^\n]+\nhint: [^\n]+\n$/);
    expect(result.error).not.toContain('    at ');
    expect(result.out).toBe('');
    expect(result.exitCode).toBe(exitCode);
    const left = readdirSync('.', { recursive: true }).map(String);
    expect(left.filter((name) => /^trail-verify-|^copy|\.tmp$|^k\.jsonl/.test(path.basename(name)))).toEqual(
      [],
    );
  });

  test('in one transcript', async () => {
    let transcript = '';
    for (const [name, exitCode, run] of CASES) {
      process.chdir(temporaryFolder());
      stubAwsEnvironment();
      const result = await run();
      transcript += `# ${name} (exit ${exitCode})\n${stable(result.error)}\n`;
    }
    expectGolden('bad-input.txt', transcript);
  });

  test('--verbose adds the stack, but not where the command was used wrongly', async () => {
    stubAwsEnvironment('without credentials');
    const { exitCode, error } = await runCommand(['verify', COPY, '--verbose']);
    expect(exitCode).toBe(4);
    expect(error).toContain('    at ');
    for (const args of [['--foo'], ['--from', '99w9'], ['--output', KEYS]]) {
      const misused = await runCommand(['verify', COPY, '--keys', KEYS, '--verbose', ...args]);
      expect(misused.exitCode).toBe(2);
      expect(misused.error).not.toContain('    at ');
    }
  });
});
