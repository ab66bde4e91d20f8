import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ALSO_FORMATS, TABLES } from '../../src/cli/commands/report-options.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { CSV_TABLES } from '../../src/render/formats/csv.ts';
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
  asff: '[\n{"SchemaVersion"',
  csv: '"finding","weight"',
  text: 'INVALID: 1 diges',
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
      if (format !== 'csv') expect(out).toContain('authoritative');
    },
  );

  test('--table gives another table of CSV, and belongs to CSV alone', async () => {
    writeReport();
    const render = (...args: string[]) =>
      runCommand(['report', 'render', 'report.json', '--format', ...args]);
    expect((await render('csv', '--table', 'run')).out).toMatch(/^"run","verdict",.*\r\n"[^"]*","INVALID",/);
    expect(await render('html', '--table', 'run')).toMatchObject({ exitCode: 2, out: '' });
    expect((await render('csv', '--table', 'rows')).exitCode).toBe(2);
  });

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
      'html,markdown,junit, sarif,ocsf,asff,csv,html',
      '--format',
      'none',
    );
    expect(exitCode).toBe(1);
    const hash = sha256(readFileSync('out/report.json'));
    const files = ['asff.json', 'html', 'junit.xml', 'md', 'ocsf.jsonl', 'sarif'].map(
      (ending) => `report.${ending}`,
    );
    files.push(
      ...['run', 'chains', 'covered', 'findings', 'evidence', 'limits'].map((table) => `${table}.csv`),
    );
    expect(readdirSync('out')).toEqual(
      expect.arrayContaining([...files, 'uncovered.csv', 'further-findings.csv', 'report.json']),
    );
    for (const file of files) expect(readFileSync(`out/${file}`, 'utf8')).toContain(hash);
  });

  test('Markdown on standard output names the report too', async () => {
    const { out } = await verify('--format', 'markdown');
    expect(out).toContain(sha256(readFileSync('out/report.json')));
  });

  test('a form that there is not is a wrong use, found before anything is made', async () => {
    const { exitCode, error } = await verify('--also', 'html,pdf');
    expect(exitCode).toBe(2);
    expect(error).toContain('--also: there is no form "pdf" here');
    expect(existsSync('out')).toBe(false);
  });

  test('takes every form and table that the library has', () => {
    expect(ALSO_FORMATS).toEqual(RENDER_FORMATS);
    expect(TABLES).toEqual(CSV_TABLES);
  });
});
