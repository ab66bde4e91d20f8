import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { runCommand } from '../support/command.ts';
import { controlRecord, logOf } from '../support/control-records.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const START = process.cwd();
const keys = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));

beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(START));

/** Verifies a trail that somebody stopped for three hours, and writes its report. */
async function verifySilenced(trailName = 'audit'): Promise<void> {
  const { store, trail } = auditTrail(2);
  const request = { name: trailName };
  const changes = { userAgent: 'tool/1 \u001b[2J<script>' };
  const stop = controlRecord({
    name: 'StopLogging',
    at: trail.end + 10 * MINUTE,
    id: 'stop',
    request,
    changes,
  });
  const refused = { ...stop, eventID: 'refused', eventName: 'DeleteTrail', errorCode: 'AccessDenied' };
  trail.hour({ to: trail.end + 25 * MINUTE, logs: [{ minute: 20, content: logOf(stop, refused) }] });
  trail.restart(trail.end + 3 * HOUR);
  const start = controlRecord({ name: 'StartLogging', at: trail.end - 5000, id: 'start', request });
  trail.hour({ logs: [{ content: logOf(start) }] }).hours(20);
  const { now } = scenarioOf(store, trail);
  writeFolder(store, 'copy', { metadata: true });
  const args = ['verify', 'copy', '--keys', keys, '--now', isoTime(now), '--no-sign', '--output', 'out'];
  const { exitCode } = await runCommand([...args, '--also', 'html,markdown,sarif,ocsf,junit,csv']);
  expect(exitCode).toBe(3);
}

test('coverage and events stand on one axis, with who, from where, when, the id and the proof', async () => {
  await verifySilenced();
  const { exitCode, out, error } = await runCommand(['explain-gap', 'out/report.json'], { columns: 80 });
  expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
  const lines = out.split('\n');
  const bar = lines.find((line) => /^ {2} *=+\.+=+$/.test(line)) ?? '';
  const marks = lines.filter((line) => /^ {2}[ 0-9]+$/.test(line));
  const at = (label: string): number => Math.max(...marks.map((line) => line.indexOf(label)));
  expect(bar).not.toBe('');
  // The stop lies in covered time before the silence, the start at its end.
  expect(at('1')).toBeLessThan(bar.indexOf('.'));
  expect(bar[at('3')]).toMatch(/[.=]/);
  expect(at('3')).toBeGreaterThan(bar.indexOf('.'));
  expect(out).toContain('not covered: 2026-10-05 11:37 to 2026-10-05 14:37 (CHAIN_RESTARTED)\n');
  expect(out).toMatch(/1 {2}2026-10-05T11:22:37Z {2}DeleteTrail of audit, refused: AccessDenied/);
  expect(out).toMatch(/2 {2}2026-10-05T11:22:37Z {2}StopLogging of audit\n/);
  expect(out).toMatch(
    /by arn:aws:sts::111122223333:assumed-role\/operations\/night \(principal\s+AROAEXAMPLE:night\)/,
  );
  expect(out).toContain('from 203.0.113.7 with tool/1 \\u{001b}[2J<script>');
  expect(out).toMatch(/event stop in\s+s3:\/\/example-trail-logs\/AWSLogs\/111122223333\/CloudTrail\//);
  expect(out).toMatch(/no event covers\s+time/);
  expect(out).not.toContain('\u001b');
});

test('the chains that are named are shown', async () => {
  await verifySilenced();
  const { out } = await runCommand(['explain-gap', 'out/report.json', '--chain', '111122223333/*']);
  expect(out).toContain('StopLogging');
});

test('a gap without an event says so', async () => {
  await verifySilenced('another-trail');
  const { out } = await runCommand(['explain-gap', 'out/report.json']);
  expect(out).toContain('(CHAIN_RESTARTED), and no event explains it');
});

test('the renderings show the events, escaped', async () => {
  await verifySilenced();
  const html = readFileSync('out/report.html', 'utf8');
  expect(html).toContain('What happened around it: 3 control events');
  expect(html).toMatch(/<svg class="timeline events".*class="uncovered".*class="act".*<\/svg>/s);
  expect(html).toContain('class="act refused"');
  expect(html).toContain('203.0.113.7');
  expect(html).not.toContain('<script>&#');
  expect(html.match(/<script>/g)).toHaveLength(1);
  for (const name of ['md', 'sarif', 'ocsf.jsonl', 'junit.xml'])
    expect(readFileSync(`out/report.${name}`, 'utf8')).toContain('StopLogging');
  expect(readFileSync('out/findings.csv', 'utf8')).toContain('StopLogging');
});

test('a report that is none is refused', async () => {
  writeFileSync('report.json', '{}');
  expect((await runCommand(['explain-gap', 'report.json'])).exitCode).toBe(2);
  expect((await runCommand(['explain-gap', 'nowhere.json'])).exitCode).toBe(2);
  expect(existsSync('nowhere.json')).toBe(false);
});

test('a chain that the report does not have is refused, and is no all-clear', async () => {
  await verifySilenced();
  const { exitCode, out, error } = await runCommand([
    'explain-gap',
    'out/report.json',
    '--chain',
    '*,nosuch',
  ]);
  expect([exitCode, out]).toEqual([2, '']);
  expect(error).toContain(
    'the report has no chain "nosuch"\nhint: it has 111122223333/us-east-1/audit@us-east-1',
  );
});
