import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  InventoryOrder,
  inventoryLine,
  type LineEvent,
  type ObjectEvent,
  type OrderedLines,
} from '../../src/report/inventory.ts';
import { leafHash } from '../../src/report/merkle.ts';

const digest = (chain: string, name: string, logFiles: number): ObjectEvent => ({
  type: 'digest',
  chain,
  object: { bucket: 'b', key: name },
  outcome: 'valid',
  listed: true,
  logFiles,
  bytes: { read: 1, inflated: 1 },
});
const log = (chain: string, of: string, position: number): ObjectEvent => ({
  type: 'log',
  chain,
  object: { bucket: 'b', key: `${of} log ${position}` },
  family: 'unknown',
  outcome: 'valid',
  bytes: { read: 1, inflated: 1 },
  digest: { bucket: 'b', key: of },
  position,
});

/** Log files in a row as one event. */
const logs = (chain: string, of: string, position: number, count: number): LineEvent => {
  const own = Array.from({ length: count }, (_, at) => inventoryLine(log(chain, of, position + at)));
  return {
    type: 'logs',
    chain,
    digest: { bucket: 'b', key: of },
    position,
    count,
    family: 'unknown',
    bytes: { read: count, inflated: count },
    lines: Buffer.from(own.map((line) => `${line}\n`).join('')),
    leaves: Buffer.concat(own.map((line) => leafHash(Buffer.from(line)))),
    sizes: Buffer.alloc(8 * count, 1),
  };
};

const textOf = (lines: OrderedLines | undefined): string => Buffer.from(lines?.lines ?? []).toString();

/** The keys of lines, chain by chain; each line has its leaf. */
function gather(order: InventoryOrder, events: readonly LineEvent[]): Map<string, string[]> {
  const keys = new Map<string, string[]>();
  const keep = (ordered: OrderedLines | undefined): void => {
    if (ordered === undefined) return;
    const own = textOf(ordered)
      .split('\n')
      .filter((line) => line !== '');
    expect(Buffer.from(ordered.leaves)).toEqual(
      Buffer.concat(own.map((line) => leafHash(Buffer.from(line)))),
    );
    keys.set(ordered.chain, [...(keys.get(ordered.chain) ?? []), ...own.map((line) => JSON.parse(line).key)]);
  };
  for (const event of events) keep(order.add(event));
  for (const lines of order.rest()) keep(lines);
  return keys;
}

/** Digests of two chains in their order, and when each of their log files is told: some number of events later. */
const run = fc.array(
  fc.record({
    chain: fc.constantFrom('one', 'two'),
    delays: fc.array(fc.nat(12), { maxLength: 5 }),
  }),
  { maxLength: 12 },
);

describe('lines come in the order of their chain', () => {
  test('whenever their log files are told', () => {
    fc.assert(
      fc.property(run, (digests) => {
        const timed = digests.flatMap(({ chain, delays }, at) => [
          { time: at, event: digest(chain, `d${at}`, delays.length) },
          ...delays.map((delay, position) => ({
            time: at + delay + 0.5,
            event: log(chain, `d${at}`, position),
          })),
        ]);
        const expected = new Map<string, string[]>();
        for (const { event } of timed)
          expected.set(event.chain, [...(expected.get(event.chain) ?? []), event.object.key]);
        const told = timed.toSorted((a, b) => a.time - b.time).map(({ event }) => event);
        const order = new InventoryOrder(true);
        expect(gather(order, told)).toEqual(expected);
        expect(order.waiting).toBe(0);
      }),
      { seed: 20261120, numRuns: 300 },
    );
  });

  test('also where many are told in one piece, between others that are not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean(), fc.nat(20))), {
          maxLength: 8,
        }),
        (digests) => {
          const expected: string[] = [];
          const timed = digests.flatMap((runs, at) => {
            const name = `d${at}`;
            const total = runs.reduce((sum, [count]) => sum + count, 0);
            expected.push(name, ...Array.from({ length: total }, (_, position) => `${name} log ${position}`));
            let next = 0;
            return [
              { time: at, event: digest('c', name, total) as LineEvent },
              ...runs.flatMap(([count, isOne, delay]) => {
                const from = next;
                next += count;
                const time = at + delay + 0.5;
                if (isOne) return [{ time, event: logs('c', name, from, count) }];
                return Array.from({ length: count }, (_, one) => ({
                  time,
                  event: log('c', name, from + one),
                }));
              }),
            ];
          });
          const told = timed.toSorted((a, b) => a.time - b.time).map(({ event }) => event);
          const order = new InventoryOrder(true);
          expect(gather(order, told).get('c') ?? []).toEqual(expected);
          expect(order.waiting).toBe(0);
        },
      ),
      { seed: 20261120, numRuns: 200 },
    );
  });

  test('as soon as they can', () => {
    const order = new InventoryOrder(true);
    expect(order.add(digest('c', 'a', 2))).toBeUndefined();
    expect(order.add(log('c', 'a', 1))).toBeUndefined();
    expect(order.add(digest('c', 'b', 0))).toBeUndefined();
    expect(textOf(order.add(digest('other', 'x', 0)))).toContain('"key":"x"');
    expect(order.waiting).toBe(3);
    expect(textOf(order.add(log('c', 'a', 0))).match(/"key":"[^"]*"/g)).toEqual([
      '"key":"a"',
      '"key":"a log 0"',
      '"key":"a log 1"',
      '"key":"b"',
    ]);
    expect(order.waiting).toBe(0);
  });

  test('where log files are left alone', () => {
    const order = new InventoryOrder(false);
    expect(textOf(order.add(digest('c', 'a', 2)))).toContain('"key":"a"');
    expect(order.waiting).toBe(0);
  });

  test('and what a run that ends early leaves is told without what was not checked', () => {
    const events = [
      digest('c', 'a', 3),
      log('c', 'a', 2),
      digest('c', 'b', 1),
      log('c', 'b', 0),
      log('c', 'a', 0),
    ];
    expect(gather(new InventoryOrder(true), events)).toEqual(
      new Map([['c', ['a', 'a log 0', 'a log 2', 'b', 'b log 0']]]),
    );
  });
});

test('what waits is bounded by how far the log files run ahead', () => {
  const order = new InventoryOrder(true);
  const lead = 50;
  const open: ObjectEvent[] = [];
  let most = 0;
  // The first log file of all is the last to be told, and the queue lets others run `lead` ahead of it.
  for (let at = 0; at < 20; at += 1) {
    order.add(digest('c', `d${at}`, 10));
    for (let position = 0; position < 10; position += 1) open.push(log('c', `d${at}`, position));
    while (open.length > lead) {
      const oldest = open.shift();
      for (const event of open.splice(0)) order.add(event);
      most = Math.max(most, order.waiting);
      if (oldest !== undefined) order.add(oldest);
      expect(order.waiting).toBe(0);
    }
  }
  // A tenth more: the digests between them.
  expect(most).toBeLessThanOrEqual((lead + 10) * 1.1);
});

test('a log file of a digest that was not announced is a fault of the program', () => {
  const order = new InventoryOrder(true);
  order.add(digest('c', 'a', 1));
  order.add(log('c', 'a', 0));
  for (const event of [log('c', 'b', 0), log('d', 'a', 0), logs('c', 'b', 0, 2)])
    expect(() => order.add(event)).toThrow(/was not announced/);
});

test('so is one that was checked twice, or stands beyond the end of the list', () => {
  const order = new InventoryOrder(true);
  order.add(digest('c', 'a', 4));
  order.add(logs('c', 'a', 1, 2));
  for (const event of [log('c', 'a', 2), logs('c', 'a', 0, 2), logs('c', 'a', 3, 2), log('c', 'a', 4)])
    expect(() => order.add(event)).toThrow(/was not announced or checked before/);
});

test('a digest that is told twice takes its log files twice', () => {
  const order = new InventoryOrder(true);
  const events = [
    digest('c', 'a', 2),
    digest('c', 'a', 2),
    log('c', 'a', 1),
    logs('c', 'a', 0, 2),
    log('c', 'a', 0),
  ];
  expect(gather(order, events).get('c')).toEqual([...Array(2)].flatMap(() => ['a', 'a log 0', 'a log 1']));
});

test('digests in a row come with their lines, where no log files are waited for', () => {
  const own = ['d', 'c', 'b'].map((name) => inventoryLine(digest('one', name, 2)));
  const run: LineEvent = {
    type: 'digests',
    chain: 'one',
    newest: { bucket: 'b', key: 'd' },
    count: 3,
    provenBy: 'own-signature',
    fingerprint: 'ff',
    logFiles: 6,
    bytes: { read: 3, inflated: 3 },
    lines: Buffer.from(own.map((line) => `${line}\n`).join('')),
    leaves: Buffer.concat(own.map((line) => leafHash(Buffer.from(line)))),
    sizes: Buffer.alloc(24, 1),
    windows: new Float64Array(9),
  };
  const events = [digest('one', 'e', 1), run, digest('one', 'a', 1)];
  const singles = ['e', 'd', 'c', 'b', 'a'].map((name) => digest('one', name, 1));
  const ordered = (list: readonly LineEvent[]): string => {
    const order = new InventoryOrder(false);
    const lines = list.flatMap((event) => order.add(event) ?? []);
    expect(order.waiting).toBe(0);
    const all = (of: 'lines' | 'leaves'): string =>
      Buffer.concat(lines.map((one) => one[of])).toString('base64');
    return `${all('lines')} ${all('leaves')}`;
  };
  expect(ordered(events)).toBe(ordered(singles));
  expect(() => new InventoryOrder(true).add(run)).toThrow('cannot be reported');
});
