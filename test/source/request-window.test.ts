import { describe, expect, test } from 'vitest';
import { type ReadRound, RequestWindow } from '../../src/source/wrappers.ts';

const IDLE: ReadRound = { time: 30, size: 5000, busy: 0.2, isFull: true };

function widthAfter(...rounds: readonly ReadRound[]): number {
  const window = new RequestWindow();
  for (const round of rounds) window.learn(round);
  return window.width;
}

function times(count: number, round: ReadRound): readonly ReadRound[] {
  return Array.from({ length: count }, () => round);
}

describe('reads in flight', () => {
  test('are 64 at first, and up to 256 while latency is the limit', () => {
    expect(widthAfter()).toBe(64);
    expect(widthAfter(IDLE)).toBe(80);
    expect(widthAfter(...times(3, IDLE))).toBe(125);
    expect(widthAfter(...times(50, IDLE))).toBe(256);
  });

  test.each<[string, Partial<ReadRound>]>([
    ['the thread is busy', { busy: 0.9 }],
    ['fewer reads are wanted', { isFull: false }],
    ['objects are large', { size: 300_000 }],
  ])('are no more where %s', (_, change) => {
    expect(widthAfter(IDLE, ...times(10, { ...IDLE, ...change }))).toBe(80);
  });

  test('are no more where answers take longer than they did, and fewer where much longer', () => {
    expect(widthAfter(IDLE, { ...IDLE, time: 50 })).toBe(80);
    expect(widthAfter(...times(3, IDLE), { ...IDLE, time: 100 })).toBe(100);
    expect(widthAfter(IDLE, ...times(5, { ...IDLE, time: 100 }))).toBe(64);
  });

  test('are not fewer where only this thread is late', () => {
    expect(widthAfter(IDLE, { ...IDLE, time: 100, busy: 0.95 })).toBe(80);
  });

  test('forget a quick round in time', () => {
    const quick = { ...IDLE, time: 10 };
    expect(widthAfter(quick, ...times(10, { ...IDLE, time: 20 }))).toBe(80);
    expect(widthAfter(quick, ...times(60, { ...IDLE, time: 20 }))).toBe(256);
  });
});
