/** What a witness does not give, what nobody can be asked about, and chains of which nothing is left. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditTrail, ringOf, START } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { fixedClock, isoTime, MINUTE } from '../../src/base/clock.ts';
import { runCommandLine } from '../../src/cli/main.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { questionsOf } from '../../src/witness/questions.ts';
import { runCommand } from '../support/command.ts';
import { BUCKET, corroborationBench, ids, idsOf, writtenAnswer } from '../support/corroboration-run.ts';
import { deleteFolder, deleteObject } from '../support/damage.ts';
import { historyOf, recordsIn } from '../support/event-history.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { memorySource } from '../support/memory-source.ts';
import type { DeliveredLog } from '../support/test-digest.ts';

const bench = corroborationBench();

/** Deletes a log file, and returns it. */
function lose(position: number): DeliveredLog {
  const lost = bench.logAt(position);
  deleteObject(bench.store, lost);
  return lost;
}

describe('a witness that gives less than proven log files hold', () => {
  test('is incomplete, and one event that it lacks is named', async () => {
    const lost = lose(5);
    bench.options.eventHistory = [];
    expect(await bench.verify()).toBe(1);
    const { exitCode, out, document } = await bench.corroborate();
    expect(exitCode).toBe(1);
    expect(document?.result).toBe('incomplete');
    const witness = document?.witnesses[0];
    expect(witness).toMatchObject({ events: 0, recovered: 0 });
    // Those of the hours that were asked about, and no others.
    const { from = '', to = '' } = witness?.places[0]?.asked[0] ?? {};
    const proven = historyOf(bench.trail.logFiles.filter((log) => log !== lost));
    const expected = proven.filter(({ time }) => Date.parse(from) <= time && time <= Date.parse(to));
    expect(expected.length).toBeGreaterThan(0);
    expect(witness?.lacking).toBe(expected.length);
    const limit = document?.limits.find(({ code }) => code === 'WITNESS_LACKS_EVENTS');
    expect(expected.map(({ id }) => id).some((id) => limit?.text.includes(id))).toBe(true);
    expect(out.replace(/\s+/g, ' ')).toContain(`it lacks ${expected.length} that proven log files hold`);
  });

  test('of one event is not passed over', async () => {
    const lost = lose(5);
    const [left] = idsOf([bench.logAt(4)]);
    bench.options.eventHistory = historyOf(bench.trail.logFiles).filter(({ id }) => id !== left);
    await bench.verify();
    const { document, recovered } = await bench.corroborate();
    expect(document?.result).toBe('incomplete');
    expect(document?.witnesses[0]?.lacking).toBe(1);
    expect(ids(recovered)).toEqual(idsOf([lost]));
  });

  test('makes the whole window of a valid report inconclusive', async () => {
    bench.options.eventHistory = historyOf(bench.trail.logFiles).slice(1);
    expect(await bench.verify()).toBe(0);
    const { exitCode, document } = await bench.corroborate('--all');
    expect({ exitCode, result: document?.result }).toEqual({ exitCode: 3, result: 'incomplete' });
    rmSync('witness', { recursive: true });
    bench.options.eventHistory = historyOf(bench.trail.logFiles);
    expect((await bench.corroborate('--all')).exitCode).toBe(0);
  });

  test('or two things of one event is not believed the second time', async () => {
    const lost = lose(5);
    const [id] = idsOf([lost]);
    bench.options.eventHistory = historyOf(bench.trail.logFiles).flatMap((entry) =>
      entry.id === id ? [entry, { ...entry, text: entry.text.replace('{', '{"x":1,') }] : [entry],
    );
    await bench.verify();
    const { document, recovered } = await bench.corroborate();
    expect(document?.result).toBe('incomplete');
    expect(ids(recovered)).toEqual(idsOf([lost]));
    expect(document?.witnesses[0]?.refused).toBe(1);
    const limit = document?.limits.find(({ code }) => code === 'WITNESS_REFUSED_EVENTS');
    expect(limit?.text).toContain('1 say another thing than the first of the same id');
  });

  test.each<readonly [string, (text: string) => string]>([
    ['the end of its record lacks', (text) => text.slice(0, -5)],
    ['it says another thing of', (text) => text.replace('{', '{"x":1,')],
  ])('proves nothing whole of an event that %s', async (_, change) => {
    expect(await bench.verify()).toBe(0);
    const entries = historyOf(bench.trail.logFiles);
    const [first] = entries;
    if (first === undefined) throw new Error('no event');
    const changed = { ...first, text: change(first.text) };
    bench.options.eventHistory = [...entries, changed];
    const { document, exitCode } = await bench.corroborate('--all');
    expect(document?.witnesses[0]?.refused).toBe(1);
    expect(document?.result).toBe('incomplete');
    expect(exitCode).toBe(3);
  });

  test('in another order of its fields is no other', async () => {
    expect(await bench.verify()).toBe(0);
    const turned = (value: unknown): unknown =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([name, one]) => [name, turned(one)]),
          )
        : value;
    bench.options.eventHistory = historyOf(bench.trail.logFiles).flatMap((entry) => [
      entry,
      { ...entry, text: JSON.stringify(turned(JSON.parse(entry.text)), null, 1) },
    ]);
    const { document, exitCode } = await bench.corroborate('--all');
    expect(document?.witnesses[0]?.refused).toBe(0);
    expect(exitCode).toBe(0);
  });
});

describe('events of a global service in log files of another Region', () => {
  /** The log files of eu-west-1: the first holds an event of us-east-1 as well, the second is lost. */
  function europe(): readonly DeliveredLog[] {
    const { trail } = auditTrail(4, { store: bench.store, region: 'eu-west-1' });
    const [record] = recordsIn(trail.logFiles[0]?.content ?? new Uint8Array());
    const eventTime = isoTime(trail.end + 20 * MINUTE);
    const own = { ...record, eventID: 'own', eventTime, managementEvent: true, eventCategory: 'Management' };
    const global = { ...own, eventID: 'global', awsRegion: 'us-east-1', eventSource: 'iam.amazonaws.com' };
    const content = Buffer.from(JSON.stringify({ Records: [own, global] }));
    trail.hour({ logs: [{ content }, {}] }).hours(1, { logs: 1 });
    deleteObject(bench.store, trail.logFiles.at(-2) ?? lose(0));
    return trail.logFiles;
  }
  const CODE = 'WITNESS_OTHER_REGION';

  test('are a limit, because the event history of that Region has them, and is not asked', async () => {
    bench.options.eventHistory = historyOf([...bench.trail.logFiles, ...europe()]);
    expect(await bench.verify()).toBe(1);
    const { document } = await bench.corroborate();
    const [witness] = document?.witnesses ?? [];
    expect(witness?.places.map(({ region }) => region)).toEqual(['eu-west-1']);
    expect(witness?.lacking).toBe(0);
    const limit = document?.limits.find(({ code }) => code === CODE);
    expect(limit?.text).toMatch(/^1 event in proven log files of other Regions is of us-east-1, /);
  });

  test('are none, where that Region is asked about the same time', async () => {
    bench.options.eventHistory = historyOf([...bench.trail.logFiles, ...europe()]);
    lose(8);
    await bench.verify();
    const { document } = await bench.corroborate('--all');
    expect(document?.witnesses[0]?.places.map(({ region }) => region)).toEqual(['eu-west-1', 'us-east-1']);
    expect(document?.limits.map(({ code }) => code)).not.toContain(CODE);
  });
});

test('of a chain without a digest all of the window is recovered', async () => {
  deleteFolder(bench.store, BUCKET, 'AWSLogs/111122223333/CloudTrail-Digest/');
  expect(await bench.verify('--from', isoTime(START))).toBe(3);
  const { exitCode, document, recovered } = await bench.corroborate();
  expect({ exitCode, result: document?.result }).toEqual({ exitCode: 3, result: 'recovered' });
  expect(ids(recovered)).toEqual(idsOf(bench.trail.logFiles));
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
    await bench.verify();
    const { exitCode, error } = await runCommand([...bench.corroborateArgs(), '--output', 'out']);
    expect(exitCode).toBe(2);
    expect(error).toContain('give a new or empty folder');
    expect(error).not.toContain('--force');
  });

  test('in the copy is warned of, and a log file that became a pipe is no longer the one that was counted', async () => {
    lose(5);
    writeFolder(bench.store, 'copy', { metadata: true });
    await bench.verify();
    const copied = ['--source', 'copy', '--output', 'copy/witness'];
    const first = await runCommand([...bench.corroborateArgs(), ...copied]);
    expect(first.exitCode).toBe(1);
    expect(first.error).toContain('warning: copy/witness is in the folder that is verified');
    rmSync('copy/witness', { recursive: true });
    const file = join('copy', BUCKET, bench.logAt(4).key);
    rmSync(file);
    execFileSync('mkfifo', [file]);
    const second = await runCommand([...bench.corroborateArgs(), ...copied]);
    expect(second.exitCode).toBe(5);
    expect(second.error).toContain('was there when the report was made, and is no longer');
  });
});

test('ctrl-C after the last answer writes nothing, as it says, and loses nothing', async () => {
  const lost = lose(5);
  await bench.verify();
  const environment = { XDG_STATE_HOME: resolve('state') };
  const terminal = fakeTerminal({ environment });
  bench.server.faults.add({
    kind: 'answer',
    of: ({ operation }) => operation === 'DescribeTrails',
    change: (answer) => {
      terminal.press();
      return answer;
    },
  });
  expect(await runCommandLine(bench.corroborateArgs(), terminal)).toBe(4);
  expect(terminal.complained()).toContain('what was answered is kept');
  expect(existsSync('witness/corroboration.json')).toBe(false);
  const asked = (): number =>
    bench.server.requests.filter(({ operation }) => operation === 'LookupEvents').length;
  const before = asked();
  await runCommand(bench.corroborateArgs(), { environment });
  const { document, recovered } = writtenAnswer();
  expect(ids(recovered)).toEqual(idsOf([lost]));
  expect(document?.result).toBe('recovered');
  expect(asked()).toBe(before);
});
