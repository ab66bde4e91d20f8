/** What a witness does not give, what nobody can be asked about, and chains of which nothing is left. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { auditTrail, ringOf, START } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { fixedClock, HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { runCommandLine } from '../../src/cli/main.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import type { CorroborationDocument } from '../../src/witness/document.ts';
import { questionsOf } from '../../src/witness/questions.ts';
import type { HistoryEntry } from '../support/aws-server/options.ts';
import { type AwsServer, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import { atServer, keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from '../support/command.ts';
import { deleteFolder, deleteObject } from '../support/damage.ts';
import { historyOf } from '../support/event-history.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { memorySource } from '../support/memory-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { TestTrail } from '../support/test-trail.ts';

const HOME = process.cwd();
const BUCKET = 'example-trail-logs';

let server: AwsServer | undefined;
let store: ObjectStore;
let trail: TestTrail;
let history: readonly HistoryEntry[];

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  store = new ObjectStore(() => START);
  store.createBucket(BUCKET);
  ({ trail } = auditTrail(6, { store }));
  history = historyOf(trail.logFiles);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

function running(): AwsServer {
  if (server === undefined) throw new Error('no server was started');
  return server;
}

function now(): number {
  return trail.end + HOUR + 30 * MINUTE;
}

/** Verifies the bucket at a server whose event history is the one given; returns the exit code. */
async function verify(eventHistory: readonly HistoryEntry[], ...more: readonly string[]): Promise<number> {
  server = await startAwsServer({ store, publicKeys: serverKeys(), now, eventHistory });
  const target = [`s3://${BUCKET}`, '--now', isoTime(now()), '--no-sign', '--output', 'out'];
  return (await runCommand(['verify', ...target, ...keysAtServer(running()), ...more])).exitCode;
}

function asking(...more: readonly string[]): readonly string[] {
  const args = [
    'corroborate',
    'out/report.json',
    '--now',
    isoTime(now()),
    '--output',
    'witness',
    '--no-sign',
  ];
  return [...args, ...atServer(running()), ...more];
}

async function corroborate(...more: readonly string[]) {
  const result = await runCommand(asking(...more));
  const document: CorroborationDocument = JSON.parse(readFileSync('witness/corroboration.json', 'utf8'));
  const recovered = existsSync('witness/recovered.jsonl')
    ? readFileSync('witness/recovered.jsonl', 'utf8')
        .trimEnd()
        .split('\n')
        .map((line): string => JSON.parse(line).eventId)
    : [];
  return { ...result, document, recovered };
}

/** Which of the fixture's events are in the asked time and in proven log files. */
function idsIn(position: number): readonly string[] {
  const log = trail.logFiles[position];
  return log === undefined ? [] : historyOf([log]).map(({ id }) => id);
}

describe('a witness that gives less than proven log files hold', () => {
  test('is incomplete, and one event that it lacks is named', async () => {
    const [lost] = trail.logFiles.slice(5, 6);
    if (lost !== undefined) deleteObject(store, lost);
    expect(await verify([])).toBe(1);
    const { exitCode, out, document } = await corroborate();
    expect(exitCode).toBe(1);
    expect(document.result).toBe('incomplete');
    const [witness] = document.witnesses;
    expect(witness).toMatchObject({ events: 0, recovered: 0 });
    // Those of the hours that were asked about, and no others.
    const { from = '', to = '' } = witness?.places[0]?.asked[0] ?? {};
    const proven = historyOf(trail.logFiles.filter((log) => log !== lost));
    const expected = proven.filter(({ time }) => Date.parse(from) <= time && time <= Date.parse(to));
    expect(expected.length).toBeGreaterThan(0);
    expect(witness?.lacking).toBe(expected.length);
    const limit = document.limits.find(({ code }) => code === 'WITNESS_LACKS_EVENTS');
    expect(expected.map(({ id }) => id).some((id) => limit?.text.includes(id))).toBe(true);
    expect(out.replace(/\s+/g, ' ')).toContain(`it lacks ${expected.length} that proven log files hold`);
  });

  test('of one event is not passed over', async () => {
    const [lost] = trail.logFiles.slice(5, 6);
    if (lost !== undefined) deleteObject(store, lost);
    const [left] = idsIn(4);
    await verify(history.filter(({ id }) => id !== left));
    const { document, recovered } = await corroborate();
    expect(document.result).toBe('incomplete');
    expect(document.witnesses[0]?.lacking).toBe(1);
    expect(recovered.toSorted()).toEqual(idsIn(5).toSorted());
  });

  test('makes the whole window of a valid report inconclusive', async () => {
    expect(await verify(history.slice(1))).toBe(0);
    const { exitCode, document } = await corroborate('--all');
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 3, result: 'incomplete' });
    rmSync('witness', { recursive: true });
    await running().close();
    rmSync('out', { recursive: true });
    expect(await verify(history)).toBe(0);
    expect((await corroborate('--all')).exitCode).toBe(0);
  });

  test('or two things of one event is not believed the second time', async () => {
    const [lost] = trail.logFiles.slice(5, 6);
    if (lost !== undefined) deleteObject(store, lost);
    const [id] = idsIn(5);
    const twins = history.flatMap((entry) =>
      entry.id === id ? [entry, { ...entry, text: entry.text.replace('{', '{"x":1,') }] : [entry],
    );
    await verify(twins);
    const { document, recovered } = await corroborate();
    expect(recovered.toSorted()).toEqual(idsIn(5).toSorted());
    expect(document.witnesses[0]?.refused).toBe(1);
    const limit = document.limits.find(({ code }) => code === 'WITNESS_REFUSED_EVENTS');
    expect(limit?.text).toContain('1 say another thing than the first of the same id');
  });
});

test('of a chain without a digest all of the window is recovered', async () => {
  deleteFolder(store, BUCKET, 'AWSLogs/111122223333/CloudTrail-Digest/');
  expect(await verify(history, '--from', isoTime(START))).toBe(3);
  const { exitCode, document, recovered } = await corroborate();
  expect({ exitCode, result: document.result }).toEqual({ exitCode: 3, result: 'recovered' });
  expect(recovered.toSorted()).toEqual(history.map(({ id }) => id).toSorted());
});

describe('a report asks', () => {
  /** What there is to ask about the report of a scenario. */
  async function questions(name: string) {
    const scenario = (await loadScenario(name)).build();
    const report = await verifyTrail({
      source: memorySource(scenario.store, { versions: true }),
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      ...scenario.options,
    });
    return questionsOf(report, false, scenario.now);
  }
  const whole = [
    ['all-digests-deleted', '111122223333/us-east-1'],
    ['chain-absent', '111122223333/eu-west-1'],
    ['chain-vanished', '111122223333/eu-west-1'],
    ['keys-untrusted', '111122223333/us-east-1'],
    ['listing-shrunk', '111122223333/us-east-1'],
  ] as const;

  test.each(whole)('about what %s lacks', async (name, place) => {
    const { places, unplaced } = await questions(name);
    expect(places.map(({ account, region }) => `${account}/${region}`)).toEqual([place]);
    expect(unplaced).toBe(0);
  });

  test('and says of what it knows no Region', async () => {
    const { places, unplaced, limits } = await questions('chain-absent-expected');
    expect({ places, unplaced }).toEqual({ places: [], unplaced: 1 });
    expect(limits.map(({ code, text }) => `${code}: ${text}`)).toEqual([
      expect.stringContaining('WITNESS_WITHOUT_PLACE: 1 gap of the report names no account and Region'),
      expect.stringContaining('WITNESS_NEWEST_NOT_ASKED: '),
    ]);
  });
});

describe('the folder of the answer', () => {
  test('that is not empty needs no option that there is not', async () => {
    await verify(history);
    const { exitCode, error } = await runCommand(asking('--output', 'out'));
    expect(exitCode).toBe(2);
    expect(error).toContain('give a new or empty folder');
    expect(error).not.toContain('--force');
  });

  test('in the copy is warned of, and a log file that became a pipe is no longer the one that was counted', async () => {
    const [lost] = trail.logFiles.slice(5, 6);
    if (lost !== undefined) deleteObject(store, lost);
    writeFolder(store, 'copy', { metadata: true });
    await verify(history);
    const copied = ['--source', 'copy', '--output', 'copy/witness'];
    const first = await runCommand(asking(...copied));
    expect(first.exitCode).toBe(1);
    expect(first.error).toContain('warning: copy/witness is in the folder that is verified');
    rmSync('copy/witness', { recursive: true });
    const [log] = trail.logFiles.slice(4, 5);
    const file = join('copy', BUCKET, log?.key ?? '');
    rmSync(file);
    execFileSync('mkfifo', [file]);
    const second = await runCommand(asking(...copied));
    expect(second.exitCode).toBe(5);
    expect(second.error).toContain('was there when the report was made, and is no longer');
  });
});

test('ctrl-C after the last answer writes nothing, as it says, and loses nothing', async () => {
  for (const lost of trail.logFiles.slice(5, 6)) deleteObject(store, lost);
  await verify(history);
  const terminal = fakeTerminal();
  running().faults.add({
    kind: 'answer',
    of: ({ operation }) => operation === 'DescribeTrails',
    change: (answer) => {
      terminal.press();
      return answer;
    },
  });
  expect(await runCommandLine(asking(), terminal)).toBe(4);
  expect(terminal.complained()).toContain('what was answered is kept');
  expect(existsSync('witness/corroboration.json')).toBe(false);
  const asked = (): number =>
    running().requests.filter(({ operation }) => operation === 'LookupEvents').length;
  const before = asked();
  const { document, recovered } = await corroborate();
  expect(recovered.toSorted()).toEqual(idsIn(5).toSorted());
  expect(document.result).toBe('recovered');
  expect(asked()).toBe(before);
});
