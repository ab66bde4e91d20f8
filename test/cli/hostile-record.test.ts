/** Who examined, for which case and on which machine is text of a user or of a build service: it stays text everywhere. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RENDER_FORMATS, renderedFiles } from '../../src/render/rendering.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const START = process.cwd();
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const SCRIPT = '<script>window.hacked=1</script>';
const FORMULA = '=cmd|" /C calc"!A0';
const ANSI = '\u001b[2J\u001b[31mVALID';
const BIDI = '\u202egpj.exe | `x` ![](https://example.com/x.png)';
const environment = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: ANSI,
  GITHUB_REPOSITORY: SCRIPT,
  GITHUB_RUN_ID: '"><img src=x onerror=1>',
  GITHUB_SHA: `${ANSI}${FORMULA}`,
};

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

test.each(['text', 'json', 'ndjson', 'markdown'])(
  'on standard output as %s and in every file',
  async (format) => {
    const args = ['verify', fixture('tampered/copy'), '--now', '2026-10-05T19:42:37Z', '--output', 'out'];
    const record = ['--examiner', SCRIPT, '--organisation', BIDI, '--case', FORMULA, '--supersedes', SCRIPT];
    const keys = ['--keys', fixture('keys/public-keys.jsonl')];
    const forms = ['--also', RENDER_FORMATS.join(','), '--format', format];
    const { exitCode, out, error } = await runCommand([...args, ...keys, ...record, ...forms], {
      environment,
    });
    expect({ exitCode, error }).toEqual({ exitCode: 1, error: '' });
    const { report } = readReport(readFileSync('out/report.json'), 'report.json');
    expect(report.caseRef).toBe(FORMULA);
    expect(report.examiner).toMatchObject({ operator: SCRIPT, organisation: BIDI, awsCaller: 'offline' });
    expect(report.examiner?.host?.ci).toEqual({
      provider: 'github-actions',
      runUrl: `${ANSI}/${SCRIPT}/actions/runs/"><img src=x onerror=1>`,
      commit: `${ANSI}${FORMULA}`,
    });
    expect(report.inputs?.arguments).toContain(FORMULA);
    const files = [...RENDER_FORMATS.flatMap(renderedFiles).map(({ name }) => name), 'report.json'];
    for (const text of [out, ...files.map((name) => readFileSync(`out/${name}`, 'utf8'))]) {
      for (const character of ['\u001b', '\u202e']) expect(text).not.toContain(character);
      expect(text).not.toMatch(/^"?=cmd/m);
    }
    const page = readFileSync('out/report.html', 'utf8');
    expect(page).toContain('&#60;script&#62;window.hacked');
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain('<img');
    for (const markdown of [readFileSync('out/report.md', 'utf8'), ...(format === 'markdown' ? [out] : [])]) {
      expect(markdown).toContain('| Examiner | &#60;script&#62;');
      expect(markdown).not.toMatch(/<script|!\[/);
    }
  },
);
