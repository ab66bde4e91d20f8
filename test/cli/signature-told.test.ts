/** What standard output and the report itself tell of the signature. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { certificatePem } from '../../src/pki/certificate.ts';
import { privateKeyPem } from '../../src/pki/keys.ts';
import { keySigner, signContent } from '../../src/pki/sign.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testChain, testParty } from '../support/test-certificates.ts';
import { testAnswer, testAuthority } from '../support/test-timestamp.ts';
import { runScript } from '../support/verify-script.ts';

const absence = opensslAbsence();
if (absence !== undefined)
  console.log(`verify.sh is not tested here, for openssl cannot be started: ${absence}`);

const START = process.cwd();
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const KEYS = ['--keys', fixture('keys/public-keys.jsonl'), '--output', 'out'];
const INTACT = ['verify', fixture('intact/copy'), '--now', '2026-10-02T21:50:00Z', ...KEYS];
const SIGNER = ['--sign-key', 'signer.key', '--sign-cert', 'signer.pem'];
const { root, middle, leaf } = testChain();
const authority = testAuthority();
let tsa: { readonly url: string; close(): Promise<void> };

beforeEach(async () => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  writeFileSync('signer.key', privateKeyPem(leaf.key));
  writeFileSync(
    'signer.pem',
    [leaf, middle, root].map(({ certificate }) => certificatePem(certificate.der)).join(''),
  );
  writeFileSync('root.pem', certificatePem(root.certificate.der));
  tsa = await startAuthority();
});
afterEach(async () => {
  process.chdir(START);
  vi.unstubAllEnvs();
  await tsa.close();
});

async function startAuthority(): Promise<typeof tsa> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
      response.end(testAnswer(Buffer.concat(chunks), authority));
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    close: () =>
      new Promise<void>((settle) => {
        server.closeAllConnections();
        server.close(() => settle());
      }),
  };
}

function writtenReport() {
  return readReport(readFileSync('out/report.json'), 'report.json').report;
}

describe('--format ndjson', () => {
  const lastLines = (out: string) =>
    out
      .trimEnd()
      .split('\n')
      .slice(-2)
      .map((line) => JSON.parse(line));

  test('tells of signature and timestamp in the line before the verdict', async () => {
    const { exitCode, out } = await runCommand([
      ...INTACT,
      ...SIGNER,
      '--tsa',
      tsa.url,
      '--format',
      'ndjson',
    ]);
    expect(exitCode).toBe(0);
    const [signed, verdict] = lastLines(out);
    expect(signed).toEqual({
      type: 'signed',
      file: 'out/report.json.p7s',
      signer: leaf.certificate.name,
      certificateSha256: leaf.certificate.fingerprint,
      algorithm: 'ecdsa-sha256',
      timestamp: {
        file: 'out/report.json.p7s.tsr',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        authority: 'CN=Example Time',
      },
    });
    expect(verdict).toMatchObject({ type: 'report', verdict: 'VALID' });
  });

  test('says so where there is no timestamp, and nothing where there is no signature', async () => {
    const signed = await runCommand([...INTACT, ...SIGNER, '--format', 'ndjson']);
    expect(lastLines(signed.out)[0]).toMatchObject({ type: 'signed', timestamp: null });
    const args = [...INTACT.slice(0, -1), 'out2', '--no-sign', '--format', 'ndjson'];
    expect((await runCommand(args)).out).not.toContain('"signed"');
  });
});

test('--format markdown ends with what was written beside the report', async () => {
  const { out } = await runCommand([...INTACT, ...SIGNER, '--tsa', tsa.url, '--format', 'markdown']);
  const [, end = ''] = out.split('### Companion files\n\n');
  expect(end).toMatch(
    /^- Signed: out\/report.json.p7s by .*certificate SHA-256 [0-9a-f]{64}\n- Timestamp: .*Example Time\n$/,
  );
  const unsigned = await runCommand([...INTACT.slice(0, -1), 'out2', '--no-sign', '--format', 'markdown']);
  expect(unsigned.out).not.toContain('### Written');
  expect(unsigned.out).toContain('| Signer | nobody: the run was not to be signed |');
});

describe('the report names its signer before it is signed', () => {
  test('with a key, with the local identity, and with nobody', async () => {
    await runCommand([...INTACT, ...SIGNER, '--tsa', tsa.url]);
    expect(writtenReport().signing).toEqual({
      subject: leaf.certificate.name,
      certificateSha256: leaf.certificate.fingerprint,
      algorithm: 'ecdsa-sha256',
      localIdentity: false,
      timestampRequested: true,
    });
    process.chdir(temporaryFolder());
    await runCommand(INTACT);
    expect(writtenReport().signing).toMatchObject({ localIdentity: true, timestampRequested: false });
    process.chdir(temporaryFolder());
    await runCommand([...INTACT, '--no-sign']);
    expect(writtenReport().signing).toBeNull();
  });

  test('and a signature of another, whom the same authority vouches for, is refused', async () => {
    await runCommand([...INTACT, ...SIGNER, '--bag']);
    const check = ['report', 'verify', 'out/report.json', '--trust', 'root.pem'];
    const checkBag = ['evidence', 'verify', 'out', '--trust', 'root.pem'];
    const anchor = path.resolve('root.pem');
    const script = () => {
      process.chdir('out');
      try {
        return runScript([anchor]);
      } finally {
        process.chdir('..');
      }
    };
    expect(await runCommand(check)).toMatchObject({ exitCode: 0 });
    expect(await runCommand(checkBag)).toMatchObject({ exitCode: 0 });
    if (absence === undefined) expect(script()).toMatchObject({ code: 0 });
    const other = testParty({ name: 'CN=Other, O=Example', issuer: middle });
    const signer = keySigner(
      other.key,
      [other, middle, root].map(({ certificate }) => certificate),
    );
    const sha256 = createHash('sha256').update(readFileSync('out/report.json')).digest();
    writeFileSync('out/report.json.p7s', await signContent({ sha256, at: Date.now() }, signer));
    const swapped = await runCommand(check);
    expect(swapped.exitCode).toBe(5);
    expect(swapped.out).toMatch(
      /^REFUSED: .*the report names CN=Auditor.* as its signer, and CN=Other.* signed it\n$/,
    );
    const swappedBag = await runCommand(checkBag);
    expect(swappedBag.exitCode).toBe(5);
    expect(swappedBag.out).toContain('as its signer, and CN=Other');
    if (absence !== undefined) return;
    expect(script()).toMatchObject({
      code: 5,
      text: expect.stringContaining('and the report names another as its signer'),
    });
  });
});
