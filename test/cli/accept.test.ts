import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditTrail, plantBelowAccount } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { HOUR, isoTime } from '../../src/base/clock.ts';
import { isAcceptable } from '../../src/findings/event.ts';
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
  chain: '111122223333/us-east-1/audit@us-east-1',
  reason: 'the trail was made anew <b>',
  acceptedBy: 'internal audit',
  expires: '2027-01-31',
};
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

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
      '--verbose',
      '--also',
      'html,markdown,junit,sarif,ocsf',
    );
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
    expect(out).toMatch(
      /^VALID, 1 finding accepted: .* are exactly what AWS signed; 1 unproven\s+finding is accepted, not proven\./,
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
    const rendered = await runCommand([
      'report',
      'render',
      'out/report.json',
      '--format',
      'text',
      '--verbose',
    ]);
    expect(rendered.out).toContain('accepted: known gap');
  });

  test('warns of what has expired and of what fits nothing, and the verdict stays', async () => {
    const expired = { ...GAP, name: 'old', expires: '2026-01-31' };
    const idle = { ...GAP, name: 'idle', chain: '444455556666/*' };
    const { exitCode, out, error } = await verify('chain-restarted', [expired, idle], '--verbose');
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

  test('accepts log files that somebody knows, each by its name', async () => {
    expect((await verify('log-unlisted', [])).exitCode).toBe(3);
    const known = written().findings.filter(({ code }) => code === 'LOG_UNLISTED');
    expect(known).toHaveLength(2);
    rmSync('out', { recursive: true });
    rmSync('copy', { recursive: true });
    const each = known.map(({ object }, index) => {
      return { ...GAP, name: `file ${index}`, code: 'LOG_UNLISTED', chain: undefined, object: object.uri };
    });
    const { exitCode, out } = await verify('log-unlisted', each);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^VALID, 2 findings accepted: /);
    expect(written().totals.logs.unlisted).toBe(2);
  });

  test('names an object with a star, and none that has a letter in its place', async () => {
    const { store, trail } = auditTrail(8);
    const folder = 'CloudTrail/us-east-1/2026/10/05/';
    plantBelowAccount(store, [`${folder}a*b.txt`, `${folder}aXb.txt`], trail.end - 3 * HOUR);
    writeFolder(store, 'copy', { metadata: true });
    const object = `s3://example-trail-logs/AWSLogs/111122223333/${folder}a\\*b.txt`;
    writeFileSync(
      'accept.json',
      JSON.stringify([{ ...GAP, code: 'LOG_UNLISTED', chain: undefined, object }]),
    );
    const keys = ['--keys', fixture('keys/public-keys.jsonl'), '--output', 'out'];
    const now = isoTime(trail.end + HOUR);
    const run = await runCommand(['verify', 'copy', '--now', now, '--accept', 'accept.json', ...keys]);
    expect({ exitCode: run.exitCode, error: run.error }).toEqual({ exitCode: 3, error: '' });
    const { findings, acceptances } = written();
    expect(findings.map(({ object: { key }, ...one }) => [key?.slice(-7), 'accepted' in one])).toEqual([
      ['a*b.txt', true],
      ['aXb.txt', false],
    ]);
    expect(acceptances).toMatchObject([{ status: 'applied', findings: 1 }]);
    expect((await runCommand(['report', 'verify', 'out/report.json'])).out).not.toContain('REFUSED');
  });

  test('leaves a tampered trail INVALID, whatever is accepted', async () => {
    await verify('tampered', []);
    const open = written().findings.filter(({ weight, code }) => weight === 'unproven' && isAcceptable(code));
    expect(open.length).toBeGreaterThan(0);
    rmSync('out', { recursive: true });
    rmSync('copy', { recursive: true });
    const each = open.map(({ code, object }, index) => {
      return { ...GAP, name: `${index}`, code, chain: undefined, object: object.uri };
    });
    const { exitCode, out } = await verify('tampered', each);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^INVALID, \d+ findings? accepted: /);
    expect(written().verdict).toBe('INVALID');
  });

  test('refuses to accept the violations themselves', async () => {
    const { exitCode, error } = await verify('tampered', [{ ...GAP, code: 'LOG_MODIFIED' }]);
    expect(exitCode).toBe(2);
    expect(error).toContain('LOG_MODIFIED cannot be accepted');
  });

  const SWEEPING: readonly (readonly [string, readonly object[]])[] = [
    ['every bucket', [{ object: 's3://*' }]],
    ['every scheme', [{ object: '*log*' }]],
    ['buckets by a letter', [{ object: 's3://e*' }]],
    ['the bucket', [{ object: 's3://example-trail-logs/*' }]],
    ['its AWSLogs', [{ object: 's3://example-trail-logs/AWSLogs/*' }]],
    ['the only account', [{ object: 's3://example-trail-logs/AWSLogs/111122223333/*' }]],
    ['the only log folder', [{ object: '*/CloudTrail/us-east-1/*' }]],
    ['its files by their ends', [{ object: '*.json.gz' }]],
    ['its files by their year', [{ object: '*/CloudTrail/us-east-1/2026/*' }]],
    ['its files by their days', ['05', '06'].map((day) => ({ object: `*/us-east-1/2026/10/${day}/*` }))],
    ['every letter', [...LETTERS].map((letter) => ({ object: `*Z_${letter}*` }))],
    ['every chain of an account', [{ chain: '111122223333/*' }]],
    ['accounts by a digit', [{ chain: '1*' }]],
    ['every trail of one name', [{ chain: '*/audit@*' }]],
    ['every time', [{ window: { from: '1970-01-01', to: '2099-01-01' } }]],
    [
      'all time in two parts',
      [{ window: { to: '2026-10-05T12:00:00Z' } }, { window: { from: '2026-10-05T11:00:00Z' } }],
    ],
  ];
  test.each(SWEEPING)('refuses what fits everything: %s', async (_, entries) => {
    const acceptances = entries.map((entry, index) => {
      return { ...GAP, name: `${index}`, code: 'LOG_UNLISTED', chain: undefined, ...entry };
    });
    const { exitCode, error } = await verify('log-unlisted', acceptances);
    expect(error).toMatch(/that this target may ever give/);
    expect(exitCode).toBe(2);
    expect(existsSync('out/report.json')).toBe(false);
  });

  test('refuses a reason of which nothing can be seen', async () => {
    const { exitCode, error } = await verify('log-unlisted', [{ ...GAP, reason: '\u200b \u2060' }]);
    expect(error).toContain('reason: is empty or holds a control character');
    expect(exitCode).toBe(2);
  });

  test.each(['reason', 'acceptedBy'])('refuses an entry whose %s nobody has written', async (field) => {
    const { exitCode, error } = await verify('log-unlisted', [
      { ...GAP, [field]: 'WRITE HERE what is known' },
    ]);
    expect(error).toContain(`${field}: is still the text to be replaced: write your own`);
    expect(exitCode).toBe(2);
    expect(existsSync('out/report.json')).toBe(false);
  });

  test('refuses to accept unknown keys but by the very object', async () => {
    const entry = { ...GAP, code: 'DIGEST_KEY_UNKNOWN' };
    for (const more of [
      {},
      { chain: undefined, object: '*/x.json.gz' },
      { window: { from: '2026-10-05' } },
    ]) {
      const { exitCode, error } = await verify('digest-key-unknown', [{ ...entry, ...more }]);
      expect(exitCode).toBe(2);
      expect(error).toContain('it must name the very object, without *');
      rmSync('copy', { recursive: true });
    }
    const odd = { ...entry, code: 'KEYS_UNTRUSTED', chain: undefined, object: 's3://example-trail-logs/x' };
    expect((await verify('digest-key-unknown', [odd])).exitCode).toBe(2);
  });

  test('lets nobody pass on nothing', async () => {
    const all = { ...GAP, code: 'CHAIN_ABSENT' };
    expect((await verify('nothing-verified', [all])).exitCode).not.toBe(0);
  });
});
