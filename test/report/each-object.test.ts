import { expect, test } from 'vitest';
import type { TrailEvent } from '../../src/findings/event.ts';
import { eventByEvent, inventoryLine, type ObjectEvent } from '../../src/report/inventory.ts';
import { RunProgress } from '../../src/route/progress.ts';
import { build, chain, digest, ID, log, START } from './report-events.ts';

type DigestEvent = Extract<TrailEvent, { type: 'digest' }>;
type DigestsEvent = Extract<TrailEvent, { type: 'digests' }>;
type LogsEvent = Extract<TrailEvent, { type: 'logs' }>;
type LogEvent = Extract<TrailEvent, { type: 'log' }>;

const singles: readonly LogEvent[] = [0, 1, 2].map((at) => ({
  ...(log() as LogEvent),
  object: { bucket: 'b', key: `log "${at}" \u00e4` },
  position: 5 + at,
  bytes: { read: 70_000 + at, inflated: 3_000_000_000 + at },
  hashes: { stored: `${at}`.repeat(64), content: 'c'.repeat(64) },
  ...(at === 1 ? { versionId: 'v\u00e4' } : {}),
}));

/** What events of many objects hold of each. */
function packed(events: readonly ObjectEvent[]): Pick<LogsEvent, 'lines' | 'leaves' | 'sizes'> {
  const sizes = Buffer.alloc(8 * events.length);
  for (const [at, { bytes }] of events.entries()) {
    sizes.writeUInt32LE(bytes.read, 8 * at);
    sizes.writeUInt32LE(bytes.inflated, 8 * at + 4);
  }
  const lines = Buffer.from(events.map((one) => `${inventoryLine(one)}\n`).join(''));
  return { lines, leaves: Buffer.of(), sizes };
}

function together(events: readonly LogEvent[]): LogsEvent {
  const [first] = events;
  if (first === undefined) throw new Error('there is none');
  const { chain, digest, family, position, bytes } = first;
  return {
    type: 'logs',
    chain,
    digest,
    family,
    position,
    count: events.length,
    bytes,
    ...packed(events),
  };
}

test('log files in a row are the events that they stand for, and others are themselves', () => {
  expect(JSON.stringify([...eventByEvent(together(singles))])).toBe(JSON.stringify(singles));
  expect([...eventByEvent(log())]).toEqual([log()]);
});

const digests: readonly DigestEvent[] = [0, 1, 2].map((at) => ({
  type: 'digest',
  chain: ID,
  object: { bucket: 'b', key: `digest "${at}" \u00e4` },
  outcome: 'valid',
  listed: true,
  bytes: { read: 800 + at, inflated: 3_000_000_000 + at },
  hashes: { stored: `${at}`.repeat(64), content: 'c'.repeat(64) },
  ...(at === 1 ? { versionId: 'v\u00e4' } : {}),
  fingerprint: 'f'.repeat(32),
  window: { from: START - at, to: START - at + 1 },
  logFiles: at,
  provenBy: 'own-signature',
}));

function inOneRun(events: readonly DigestEvent[]): DigestsEvent {
  const { lines, leaves, sizes } = packed(events);
  const windows = events.flatMap(({ window, logFiles }) => [window?.from ?? 0, window?.to ?? 0, logFiles]);
  return {
    type: 'digests',
    chain: ID,
    newest: events[0]?.object ?? { bucket: '', key: '' },
    count: events.length,
    provenBy: 'own-signature',
    fingerprint: 'f'.repeat(32),
    logFiles: events.reduce((sum, one) => sum + one.logFiles, 0),
    bytes: {
      read: events.reduce((sum, { bytes }) => sum + bytes.read, 0),
      inflated: events.reduce((sum, { bytes }) => sum + bytes.inflated, 0),
    },
    lines,
    leaves,
    sizes,
    windows: Float64Array.from(windows),
  };
}

test('digests in a row are the events that they stand for', () => {
  expect(JSON.stringify([...eventByEvent(inOneRun(digests))])).toBe(JSON.stringify(digests));
});

test('the report and the progress count them as they count single ones', () => {
  const runs = [inOneRun(digests.slice(0, 2)), inOneRun(digests.slice(2))];
  const logsOf = [log(), log(), log()];
  expect(build([chain(), ...runs, ...logsOf])).toEqual(build([chain(), ...digests, ...logsOf]));
  const progress = (events: readonly TrailEvent[]): TrailEvent => {
    const counted = new RunProgress();
    for (const event of events) counted.see(event);
    return counted.now();
  };
  expect(progress(runs)).toEqual(progress(digests));
});

test('lines that are missing are a fault of the program', () => {
  const event = together(singles);
  expect(() => [...eventByEvent({ ...event, lines: Buffer.of() })]).toThrow('has no line');
});

test('the report counts them as it counts single ones', () => {
  const before = [chain(), digest({ logFiles: 3 })];
  const rows = [singles.slice(0, 2), singles.slice(2)].map((events) => {
    const read = events.reduce((sum, { bytes }) => sum + bytes.read, 0);
    const inflated = events.reduce((sum, { bytes }) => sum + bytes.inflated, 0);
    return { ...together(events), bytes: { read, inflated } };
  });
  expect(build([...before, ...rows])).toEqual(build([...before, ...singles]));
});
