import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificatePem } from '../../src/pki/certificate.ts';
import { privateKeyPem } from '../../src/pki/keys.ts';
import { runCommand } from '../support/command.ts';
import { testChain } from '../support/test-certificates.ts';

const START = process.cwd();
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const { root, middle, leaf } = testChain();
const other = testChain();
const folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
const CHECK = ['report', 'verify', 'out/report.json'];

beforeAll(async () => {
  process.chdir(folder);
  writeFileSync('root.pem', certificatePem(root.certificate.der));
  writeFileSync('other.pem', certificatePem(other.root.certificate.der));
  writeFileSync('leaf.pem', certificatePem(leaf.certificate.der));
  const chain = [leaf, middle].map(({ certificate }) => certificatePem(certificate.der)).join('');
  writeFileSync('signer.pem', privateKeyPem(leaf.key) + chain);
  const verify = ['verify', fixture('tampered/copy'), '--now', '2026-10-05T19:42:37Z', '--output', 'out'];
  const { exitCode } = await runCommand([
    ...verify,
    '--keys',
    fixture('keys/public-keys.jsonl'),
    '--sign-key',
    'signer.pem',
  ]);
  expect(exitCode).toBe(1);
});
afterAll(() => {
  process.chdir(START);
  rmSync(folder, { recursive: true, force: true });
});

describe('report verify', () => {
  test.each<readonly [string, readonly string[], number, RegExp]>([
    [
      'an authority',
      ['--trust', 'root.pem'],
      1,
      /^GENUINE: out\/report\.json is as CN=Auditor, O=Example \(certificate SHA-256 [0-9a-f]{64}\) signed it, .*Z by the signer's own clock \(no timestamp\); the report says INVALID\n$/,
    ],
    ['the signer itself', ['--trust', 'leaf.pem'], 1, /^GENUINE: /],
    ['one of several', ['--trust', 'other.pem', '--trust', 'root.pem'], 1, /^GENUINE: /],
    ['nobody', [], 3, /^UNPROVEN: out\/report\.json: signed by CN=Auditor.* give one with --trust\n$/],
    [
      'somebody else',
      ['--trust', 'other.pem'],
      5,
      /^REFUSED: out\/report\.json: the signer CN=Auditor, O=Example is not trusted: .*\n$/,
    ],
    [
      'the signer, when its certificate has expired',
      ['--trust', 'leaf.pem', '--now', '2101-01-01'],
      3,
      /^UNPROVEN: .*when it was signed is not proven/,
    ],
    [
      'a timestamp that is not there',
      ['--trust', 'leaf.pem', '--tsa-ca', 'other.pem'],
      3,
      /^UNPROVEN: .*there is no timestamp\n$/,
    ],
  ])('trusting %s', async (_name, args, exitCode, line) => {
    const result = await runCommand([...CHECK, ...args]);
    expect(result.out).toMatch(line);
    expect(result).toMatchObject({ exitCode, error: '' });
  });

  test('a report that was changed, and one with hostile text in it', async () => {
    mkdirSync('changed', { recursive: true });
    const text = readFileSync('out/report.json', 'utf8');
    writeFileSync('changed/report.json', text.replace('"verdict": "INVALID"', '"verdict": "VALID"'));
    writeFileSync('changed/report.json.p7s', readFileSync('out/report.json.p7s'));
    const changed = await runCommand(['report', 'verify', 'changed/report.json', '--trust', 'root.pem']);
    expect(changed.exitCode).toBe(5);
    expect(changed.out).toMatch(
      /^REFUSED: changed\/report\.json: the report is not the one that was signed; .*\n$/,
    );
    writeFileSync('changed/report.json', text.replace('"verdict"', '"\\u001b[31m": 1, "\\u001b[31m"'));
    const hostile = await runCommand(['report', 'verify', 'changed/report.json', '--trust', 'root.pem']);
    expect(hostile.exitCode).toBe(5);
    expect(hostile.out).not.toContain('\u001b');
  });

  test('signature and report at other places', async () => {
    writeFileSync('sig.bin', readFileSync('out/report.json.p7s'));
    const args = [...CHECK, '--trust', 'root.pem', '--signature'];
    expect(await runCommand([...args, 'sig.bin'])).toMatchObject({ exitCode: 1 });
    expect(await runCommand([...args, 'none.bin'])).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('there is no file none.bin'),
    });
  });

  test.each<readonly [readonly string[], RegExp]>([
    [['report', 'verify', 'none.json'], /there is no report none\.json/],
    [['report', 'verify', 'out'], /cannot be read/],
    [[...CHECK, '--trust', 'none.pem'], /file none\.pem cannot be read/],
    [[...CHECK, '--trust', 'out/report.json'], /holds no certificate/],
    [[...CHECK, '--now', 'someday'], /--now/],
    [['report', 'verify'], /report verify needs <report\.json>/],
  ])('%j is exit 2', async (args, problem) => {
    const { exitCode, error, out } = await runCommand(args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(error).toMatch(problem);
  });
});
