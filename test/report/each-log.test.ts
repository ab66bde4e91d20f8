import { expect, test } from 'vitest';
import type { TrailEvent } from '../../src/findings/event.ts';
import { eventByEvent } from '../../src/report/each-log.ts';
import { inventoryLine } from '../../src/report/inventory-line.ts';
import { build, chain, digest, log } from './report-events.ts';

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

function together(events: readonly LogEvent[]): LogsEvent {
  const [first] = events;
  if (first === undefined) throw new Error('there is none');
  const sizes = Buffer.alloc(8 * events.length);
  for (const [at, { bytes }] of events.entries()) {
    sizes.writeUInt32LE(bytes.read, 8 * at);
    sizes.writeUInt32LE(bytes.inflated, 8 * at + 4);
  }
  const { chain, digest, family, position, bytes } = first;
  return {
    type: 'logs',
    chain,
    digest,
    family,
    position,
    count: events.length,
    bytes,
    lines: Buffer.from(events.map((one) => `${inventoryLine(one)}\n`).join('')),
    leaves: Buffer.of(),
    sizes,
  };
}

test('log files in a row are the events that they stand for, and others are themselves', () => {
  expect(JSON.stringify([...eventByEvent(together(singles))])).toBe(JSON.stringify(singles));
  expect([...eventByEvent(log())]).toEqual([log()]);
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
