import { expect, test } from 'vitest';
import { interrupted, TrailVerifyError } from '../../src/base/errors.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { type Phase, RunStop, runPhases } from '../../src/route/phases.ts';
import { emitTo, RunProgress } from '../../src/route/progress.ts';

const DENIED = new TrailVerifyError('ACCESS_DENIED', 'no access');

/** A phase that notes its name in the run. */
function noting(name: string, more: Partial<Phase<string[]>> = {}): Phase<string[]> {
  return { name, onceStopped: 'left-out', run: (run) => void run.push(name), ...more };
}

test('phases run in their order, but for those that a run does not have', async () => {
  const ran: string[] = [];
  const phases = [noting('one'), noting('two', { when: () => false }), noting('three', { when: () => true })];
  await runPhases(phases, ran, new RunStop(undefined));
  expect(ran).toEqual(['one', 'three']);
});

test('once a run was stopped only those run that end it', async () => {
  const caller = new AbortController();
  const ran: string[] = [];
  const phases = [
    noting('walk', { run: () => caller.abort() }),
    noting('search'),
    noting('conclude', { onceStopped: 'runs' }),
    noting('look beyond'),
    noting('end', { onceStopped: 'runs' }),
  ];
  await runPhases(phases, ran, new RunStop(caller.signal));
  expect(ran).toEqual(['conclude', 'end']);
});

test('the error of a phase ends the run', async () => {
  const ran: string[] = [];
  const phases = [noting('one', { run: () => Promise.reject(DENIED) }), noting('two')];
  await expect(runPhases(phases, ran, new RunStop(undefined))).rejects.toBe(DENIED);
  expect(ran).toEqual([]);
});

test('a phase that would be left out ends where it is when the run is stopped meanwhile', async () => {
  const caller = new AbortController();
  const ran: string[] = [];
  const stopped = async (): Promise<void> => {
    caller.abort();
    throw interrupted();
  };
  const phases = [noting('search', { run: stopped }), noting('end', { onceStopped: 'runs' })];
  await runPhases(phases, ran, new RunStop(caller.signal));
  expect(ran).toEqual(['end']);
  const ending = noting('end', { onceStopped: 'runs', run: stopped });
  await expect(runPhases([ending], ran, new RunStop(caller.signal))).rejects.toMatchObject({
    code: 'INTERRUPTED',
  });
});

test('the first error of a part stops the run and is kept; what it interrupts is not', async () => {
  const stop = new RunStop(undefined);
  expect(await stop.orStop(Promise.resolve('done'))).toBe('done');
  expect(stop.isStopped).toBe(false);
  expect(stop.failure(true)).toBeUndefined();
  expect(await stop.orStop(Promise.reject(DENIED))).toBeUndefined();
  expect(stop.signal.aborted).toBe(true);
  expect(await stop.orStop(Promise.reject(interrupted()))).toBeUndefined();
  expect(stop.failure(true)).toBe(DENIED);
  // Where nothing was judged there is nothing to tell in a report.
  expect(() => stop.failure(false)).toThrow(DENIED);
});

test('a fault of the program, and an interruption that nobody asked for, are thrown', async () => {
  for (const error of [new TypeError('x is not a function'), new TrailVerifyError('INTERNAL', 'a fault')]) {
    const stop = new RunStop(undefined);
    await stop.orStop(Promise.reject(error));
    expect(() => stop.failure(true)).toThrow(error);
  }
  const stop = new RunStop(undefined);
  expect(stop.isInterruption(interrupted())).toBe(false);
  const caller = new AbortController();
  caller.abort();
  expect(new RunStop(caller.signal).isInterruption(interrupted())).toBe(true);
  expect(new RunStop(caller.signal).isInterruption(DENIED)).toBe(false);
});

test('observers see an event in their order before it is passed on, and progress comes after it', async () => {
  const seen: string[] = [];
  const observer = (name: string) => ({ see: ({ type }: TrailEvent) => void seen.push(`${name} ${type}`) });
  const progress = new RunProgress();
  const emit = emitTo(
    async ({ type }) => void seen.push(`report ${type}`),
    [observer('first'), progress, observer('second')],
    progress,
  );
  const key = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/10/05/digest.json.gz';
  await emit({
    type: 'digest',
    chain: '111122223333/us-east-1/audit@us-east-1',
    object: { bucket: 'example-trail-logs', key },
    outcome: 'valid',
    listed: true,
    logFiles: 2,
    bytes: { read: 700, inflated: 1500 },
  });
  await emit({ type: 'finished', at: 0 });
  expect(seen).toEqual([
    'first digest',
    'second digest',
    'report digest',
    'report progress',
    'first finished',
    'second finished',
    'report finished',
  ]);
  expect(progress.now()).toMatchObject({ progress: { digestsDone: 1, logsPlanned: 2, bytesRead: 700 } });
});
