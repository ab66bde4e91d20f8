import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { isoTime } from '../../src/clock.ts';
import type { Report } from '../../src/report/report.ts';
import { type CommandResult, runCommand } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const START = process.cwd();
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const schemaOf = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const isReport = new Ajv2020({ strict: true }).compile(schemaOf('src/report/report-v1.schema.json'));
const isSarif = new Ajv2020({ strict: true }).compile(schemaOf('test/schemas/sarif-2.1.0.schema.json'));
const GAP = {
  name: 'known gap',
  code: 'CHAIN_RESTARTED',
  chain: '111122223333/*',
  reason: 'the trail was made anew <b>',
  acceptedBy: 'internal audit',
  expires: '2027-01-31',
};

beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(START));

/** Verifies a scenario's folder under an acceptance file. */
async function verify(scenario: string, acceptances: unknown, ...more: string[]): Promise<CommandResult> {
  const { store, now } = (await loadScenario(scenario)).build();
  writeFolder(store, 'copy', { metadata: true });
  writeFileSync('accept.json', JSON.stringify(acceptances));
  const keys = ['--keys', fixture('keys/public-keys.jsonl'), '--no-sign', '--output', 'out'];
  const args = ['verify', 'copy', '--now', isoTime(now), '--accept', 'accept.json', ...keys, ...more];
  return runCommand(args, { columns: 100 });
}

function written(): Report {
  const report: unknown = JSON.parse(readFileSync('out/report.json', 'utf8'));
  isReport(report);
  expect(isReport.errors ?? []).toEqual([]);
  return report as Report;
}

describe('verify --accept', () => {
  test('passes over a gap that somebody bears, and says so everywhere', async () => {
    const { exitCode, out, error } = await verify(
      'chain-restarted',
      [GAP],
      '--also',
      'html,markdown,junit,sarif,ocsf',
    );
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
    expect(out).toMatch(
      /^VALID: .* are exactly what AWS signed; 1 unproven finding is accepted,\s+not proven\./,
    );
    expect(out).toContain('ACCEPTED, NOT PROVEN');
    expect(out).toContain('internal audit: the trail was made anew <b>');
    expect(out).toContain('accepts 1 finding until 2027-01-31T00:00:00Z');
    const report = written();
    expect(report.findings).toMatchObject([
      { code: 'CHAIN_RESTARTED', weight: 'unproven', accepted: 'known gap' },
    ]);
    expect(report.window.uncovered).toMatchObject([{ reason: 'CHAIN_RESTARTED', accepted: 'known gap' }]);
    expect(report.inputs?.files).toContainEqual(expect.objectContaining({ role: 'accept' }));
    const html = readFileSync('out/report.html', 'utf8');
    expect(html).toContain('id="acceptances"');
    expect(html).toContain('the trail was made anew &#60;b&#62;');
    expect(readFileSync('out/report.md', 'utf8')).toContain('### Accepted, not proven');
    expect(readFileSync('out/report.junit.xml', 'utf8')).toMatch(/failures="0" errors="0"/);
    expect(readFileSync('out/report.ocsf.jsonl', 'utf8')).toContain('"status":"Suppressed"');
    const sarif: unknown = JSON.parse(readFileSync('out/report.sarif', 'utf8'));
    isSarif(sarif);
    expect(isSarif.errors ?? []).toEqual([]);
    expect(sarif).toMatchObject({
      runs: [{ results: [{ suppressions: [{ kind: 'external', status: 'accepted' }] }] }],
    });
    const rendered = await runCommand(['report', 'render', 'out/report.json', '--format', 'text']);
    expect(rendered.out).toContain('accepted: known gap');
  });

  test('warns of what has expired and of what fits nothing, and the verdict stays', async () => {
    const expired = { ...GAP, name: 'old', expires: '2026-01-31' };
    const idle = { ...GAP, name: 'idle', chain: '444455556666/*' };
    const { exitCode, out, error } = await verify('chain-restarted', [expired, idle]);
    expect(exitCode).toBe(3);
    expect(error).toBe(
      'warning: acceptance "old" expired 2026-01-31T00:00:00Z: 1 finding that it would accept stays open\n' +
        'warning: acceptance "idle" accepts nothing: no unproven finding fits\n',
    );
    expect(out).toContain('!!  old');
    expect(written()).toMatchObject({
      verdict: 'INCONCLUSIVE',
      acceptances: [
        { name: 'old', status: 'expired', findings: 1 },
        { name: 'idle', status: 'unmatched', findings: 0 },
      ],
    });
  });

  test('accepts log files of a second trail without validation', async () => {
    const second = {
      ...GAP,
      code: 'LOG_UNLISTED',
      chain: undefined,
      object: 's3://example-trail-logs/AWSLogs/*',
    };
    expect((await verify('log-unlisted', [second])).exitCode).toBe(0);
    expect(written().totals.logs.unlisted).toBe(2);
  });

  test('leaves a tampered trail INVALID, whatever is accepted', async () => {
    const codes = [
      'CHAIN_ENDS_EARLY',
      'CHAIN_ABSENT',
      'DIGEST_KEY_UNKNOWN',
      'LOG_UNLISTED',
      'CHAIN_STARTS_LATE',
    ];
    const everything = codes.map((code) => ({
      ...GAP,
      name: code,
      code,
      chain: undefined,
      object: 's3://*',
    }));
    expect((await verify('tampered', everything)).exitCode).toBe(1);
    expect(written().verdict).toBe('INVALID');
  });

  test('refuses to accept the violations themselves', async () => {
    const { exitCode, error } = await verify('tampered', [{ ...GAP, code: 'LOG_MODIFIED' }]);
    expect(exitCode).toBe(2);
    expect(error).toContain('LOG_MODIFIED cannot be accepted');
  });

  test('lets nobody pass on nothing', async () => {
    const all = { ...GAP, code: 'CHAIN_ABSENT', chain: undefined, object: 's3://*' };
    expect((await verify('nothing-verified', [all])).exitCode).not.toBe(0);
  });
});
