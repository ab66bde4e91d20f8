import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ALSO_FORMATS } from '../../src/cli/commands/report-options.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import { RENDER_FORMATS } from '../../src/render/rendering.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { sampleReport, tamperedReport } from '../support/sample-reports.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const START = process.cwd();
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

function writeReport(text = renderJson(tamperedReport())): string {
  writeFileSync('report.json', text);
  return sha256(Buffer.from(text));
}

const BEGINNINGS = {
  html: '<!doctype html>',
  markdown: '## ❌ CloudTrail',
  junit: '<?xml version="1.0"',
  sarif: '{\n  "$schema"',
  ocsf: '{"activity_id":1',
  csv: '"record","result"',
  text: 'INVALID: 2 of 50',
} as const;

describe('report render', () => {
  test.each(Object.entries(BEGINNINGS))(
    '--format %s names the report by its hash',
    async (format, beginning) => {
      const hash = writeReport();
      const { exitCode, out, error } = await runCommand([
        'report',
        'render',
        'report.json',
        '--format',
        format,
      ]);
      expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
      expect(out.slice(0, beginning.length)).toBe(beginning);
      expect(out).toContain(hash);
      expect(out).toContain('authoritative');
    },
  );

  test('--format json gives the very bytes, however they were laid out', async () => {
    const text = JSON.stringify(sampleReport());
    writeReport(text);
    const { out } = await runCommand(['report', 'render', 'report.json', '--format', 'json']);
    expect(out).toBe(text);
  });

  test('--output writes a new file and never over an old one', async () => {
    const hash = writeReport();
    const args = ['report', 'render', 'report.json', '--format', 'html', '--output', 'page.html'];
    expect(await runCommand(args)).toEqual({ exitCode: 0, out: '', error: '' });
    expect(readFileSync('page.html', 'utf8')).toContain(hash);
    const again = await runCommand(args);
    expect(again.exitCode).toBe(2);
    expect(again.error).toContain('page.html exists already');
    expect(readdirSync('.').sort()).toEqual(['page.html', 'report.json']);
  });

  test.each([
    [
      'a name that stands twice',
      () => writeReport(renderJson(sampleReport()).replace('{', '{"verdict":"VALID",')),
    ],
    ['another document', () => writeReport('{}')],
    ['no file', () => undefined],
  ])('%s is refused with exit 2 and a hint', async (_name, prepare) => {
    prepare();
    const { exitCode, out, error } = await runCommand([
      'report',
      'render',
      'report.json',
      '--format',
      'html',
    ]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(error).toMatch(/^trail-verify: .*report\.json .*\nhint: .*\n$/);
  });

  test('a folder is no report, and a format must be given and be one', async () => {
    writeReport();
    expect((await runCommand(['report', 'render', '.', '--format', 'csv'])).exitCode).toBe(2);
    expect((await runCommand(['report', 'render', 'report.json'])).exitCode).toBe(2);
    expect((await runCommand(['report', 'render', 'report.json', '--format', 'pdf'])).exitCode).toBe(2);
  });
});

describe('verify --also', () => {
  const verify = (...more: readonly string[]) =>
    runCommand([
      'verify',
      fixture('tampered/copy'),
      '--keys',
      fixture('keys/public-keys.jsonl'),
      '--now',
      '2026-10-05T19:00:00Z',
      '--output',
      'out',
      ...more,
    ]);

  test('writes renderings beside report.json, each of that very file', async () => {
    const { exitCode } = await verify(
      '--also',
      'html,markdown,junit, sarif,ocsf,csv,html',
      '--format',
      'none',
    );
    expect(exitCode).toBe(1);
    const hash = sha256(readFileSync('out/report.json'));
    const files = ['csv', 'html', 'junit.xml', 'md', 'ocsf.jsonl', 'sarif'].map(
      (ending) => `report.${ending}`,
    );
    expect(readdirSync('out')).toEqual(expect.arrayContaining([...files, 'report.json']));
    for (const file of files) expect(readFileSync(`out/${file}`, 'utf8')).toContain(hash);
  });

  test('Markdown on standard output names the report too', async () => {
    const { out } = await verify('--format', 'markdown');
    expect(out).toContain(sha256(readFileSync('out/report.json')));
  });

  test('a form that there is not is a wrong use, found before anything is made', async () => {
    const { exitCode, error } = await verify('--also', 'html,pdf');
    expect(exitCode).toBe(2);
    expect(error).toContain('--also: there is no form "pdf"');
    expect(existsSync('out')).toBe(false);
  });

  test('takes every form that the library has', () => {
    expect(ALSO_FORMATS).toEqual(RENDER_FORMATS);
  });
});
