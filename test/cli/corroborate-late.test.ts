/** Events whose log files came days after them: what a proven log file holds is never said to be in none. */
import { beforeEach, describe, expect, test } from 'vitest';
import { auditTrail, START, scenarioOf } from '../../fixtures/scenario.ts';
import { DAY, isoTime, MINUTE } from '../../src/base/clock.ts';
import type { HistoryEntry } from '../support/aws-server/options.ts';
import { corroborateScenario } from '../support/corroborated-scenario.ts';
import { corroborationBench, ids, idsOf } from '../support/corroboration-run.ts';
import { deleteObject } from '../support/damage.ts';
import { historyOf } from '../support/event-history.ts';
import type { DeliveredLog } from '../support/test-digest.ts';

const bench = corroborationBench();

/** A record like those of a log file, of another id and time. */
function recordOf(log: DeliveredLog, id: string, time: number): object {
  const [entry] = historyOf([log]);
  return { ...JSON.parse(entry?.text ?? '{}'), eventID: id, eventTime: isoTime(time) };
}

/** Delivers the hour in which a late event comes, in a log file of its own. */
function deliver(record: object): DeliveredLog {
  bench.trail.hour({ logs: [{ content: Buffer.from(JSON.stringify({ Records: [record] })) }] });
  const log = bench.trail.logFiles.at(-1);
  if (log === undefined) throw new Error('no log file');
  return log;
}

const LATE = '00000000-0000-4000-8000-00000000000a';

/** The minute of the late event: in the last of the bench's own hours. */
let time = 0;
/** The log file of that hour. */
let lost: DeliveredLog;

beforeEach(() => {
  time = bench.trail.end - 50 * MINUTE;
  lost = bench.logAt(5);
});

/** The event history has all that was delivered, and `more`. */
function remember(...more: readonly HistoryEntry[]): void {
  bench.options.eventHistory = [...historyOf(bench.trail.logFiles), ...more];
}

/** How often a log file was read. */
function readsOf({ key }: DeliveredLog): number {
  return bench.server.requests.filter((request) => request.method === 'GET' && request.key === key).length;
}

describe('an event that was delivered sixty hours late', () => {
  beforeEach(() => {
    bench.trail.hours(60, { logs: 1 });
  });

  test('is not recovered, where a log file of its time is missing', async () => {
    const late = deliver(recordOf(lost, LATE, time));
    bench.trail.hours(2, { logs: 1 });
    remember();
    deleteObject(bench.store, lost);
    expect(await bench.verify()).toBe(1);
    bench.server.requests.length = 0;
    const { exitCode, document, recovered, unlogged } = await bench.corroborate();
    expect(exitCode).toBe(1);
    expect(ids(recovered)).toEqual(idsOf([lost]));
    expect(unlogged).toEqual([]);
    expect(document).toMatchObject({ result: 'recovered', findings: [] });
    expect(document?.witnesses[0]).toMatchObject({ recovered: 1, unlogged: 0, differing: 0 });
    const [place] = document?.witnesses[0]?.places ?? [];
    expect(place).toMatchObject({ recovered: 1, events: (place?.matched ?? 0) + 1 });
    expect(readsOf(late)).toBe(1);
  });

  test('is not unlogged, where its time is covered', async () => {
    deliver(recordOf(lost, LATE, time));
    remember();
    expect(await bench.verify()).toBe(0);
    const { exitCode, document, unlogged } = await bench.corroborate('--all');
    expect([exitCode, document?.result, unlogged]).toEqual([0, 'nothing-recovered', []]);
    expect(document?.witnesses[0]).toMatchObject({ unlogged: 0, lacking: 0 });
  });

  test('is compared with what the witness says', async () => {
    const late = deliver(recordOf(lost, LATE, time));
    const other = JSON.stringify({ ...recordOf(lost, LATE, time), sourceIPAddress: '198.51.100.7' });
    bench.options.eventHistory = historyOf(bench.trail.logFiles).map((entry) =>
      entry.id === LATE ? { ...entry, text: other } : entry,
    );
    expect(await bench.verify()).toBe(0);
    const { document } = await bench.corroborate('--all');
    expect(document?.findings).toMatchObject([
      { code: 'EVENT_DIFFERS', eventId: LATE, log: `s3://${late.bucket}/${late.key}` },
    ]);
    expect(document?.witnesses[0]).toMatchObject({ differing: 1, unlogged: 0 });
  });
});

test('log files that came later than CloudTrail delivers are not read, and the limits count them', async () => {
  const { recovered, limits, delivered } = await corroborateScenario(() => {
    const { store, trail } = auditTrail(3, { startLogging: START - 34 * DAY });
    trail.stop(25);
    deleteObject(store, trail.logAt(2));
    const content = { Records: [recordOf(trail.logAt(2), LATE, trail.digestAt(2).endTime - 30 * MINUTE)] };
    trail.restart(START).hours(2, { logs: [{ content: Buffer.from(JSON.stringify(content)) }] });
    return scenarioOf(store, trail);
  });
  expect(recovered.map(({ eventId }) => eventId)).toContain(LATE);
  const later = delivered.logs.filter(({ content }) => Buffer.from(content).includes(LATE));
  const limit = limits.find(({ code }) => code === 'WITNESS_LATER_LOGS');
  expect(limit?.text).toContain(`in ${later.length} log files that came more than 31 days`);
});

describe('later log files', () => {
  test('are not read where nothing is recovered', async () => {
    bench.trail.hours(40, { logs: 1 });
    remember();
    deleteObject(bench.store, lost);
    bench.options.eventHistory = historyOf(bench.trail.logFiles).filter(
      ({ id }) => !idsOf([lost]).includes(id),
    );
    await bench.verify();
    bench.server.requests.length = 0;
    const { document, recovered } = await bench.corroborate();
    expect(recovered).toEqual([]);
    expect(document?.limits.map(({ code }) => code)).not.toContain('WITNESS_LATER_LOGS');
    const last = bench.trail.logFiles.at(-1);
    expect(last && readsOf(last)).toBe(0);
  });
});
