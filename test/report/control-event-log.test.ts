import { describe, expect, test } from 'vitest';
import type { ControlEvent } from '../../src/findings/control-event.ts';
import { ControlEventLog } from '../../src/report/explain-findings.ts';
import { inconsistenciesOf } from '../../src/signed/consistency.ts';
import { CHAIN_ID, sampleFinding, sampleReport } from '../support/sample-reports.ts';

function event(eventId: string, changes: Partial<ControlEvent> = {}): ControlEvent {
  return {
    eventId,
    name: 'StopLogging',
    time: '2026-11-20T14:00:00Z',
    actor: {},
    chain: CHAIN_ID,
    log: 's3://b/l',
    digest: 's3://b/d',
    ...changes,
  };
}

describe('the control events of a run', () => {
  test('are told once, oldest first, with the first of the log files that record them', () => {
    const log = new ControlEventLog();
    for (const file of ['s3://b/2', 's3://b/1', 's3://b/3']) log.add(event('a', { log: file }));
    log.add(event('b', { time: '2026-11-20T13:00:00Z' }));
    expect(log.all()).toEqual([
      event('b', { time: '2026-11-20T13:00:00Z' }),
      event('a', { log: 's3://b/1' }),
    ]);
    expect(log.limits()).toEqual([]);
  });

  test('that act on single objects are told where they explain something', () => {
    const log = new ControlEventLog();
    const deletion = event('d', { name: 'DeleteObject' });
    log.add(deletion);
    log.add(event('a'));
    expect(log.reported(new Set()).map(({ eventId }) => eventId)).toEqual(['a']);
    expect(log.reported(new Set(['d']))).toHaveLength(2);
  });

  test('that were refused cannot crowd out the others, and what is left out is a limit', () => {
    const log = new ControlEventLog();
    for (let index = 0; index < 501; index += 1) log.add(event(`r${index}`, { error: 'AccessDenied' }));
    log.add(event('a'));
    expect(log.all().some(({ eventId }) => eventId === 'a')).toBe(true);
    expect(log.all()).toHaveLength(501);
    expect(log.limits()).toMatchObject([
      { code: 'CONTROL_EVENTS_CAPPED', text: expect.stringMatching(/^1 /) },
    ]);
  });
});

describe('a report', () => {
  const genuine = event('a');
  const explained = { ...sampleFinding('CHAIN_RESTARTED'), explanation: [genuine] };

  test('that explains by what it records agrees with itself', () => {
    expect(inconsistenciesOf(sampleReport(undefined, [explained], { controlEvents: [genuine] }))).toEqual([]);
  });

  test.each<[string, readonly ControlEvent[], string]>([
    ['without the event', [], 'a finding is explained by an event'],
    [
      'with another actor',
      [event('a', { actor: { arn: 'arn:aws:iam::1:user/x' } })],
      'a finding is explained by',
    ],
    ['with the event twice', [genuine, genuine], 'it has a control event twice'],
    ['with a chain of its own', [event('a'), event('b', { chain: 'x' })], 'a control event is of a chain'],
  ])('%s contradicts itself', (_name, controlEvents, problem) => {
    const report = sampleReport(undefined, [explained], { controlEvents });
    expect(inconsistenciesOf(report)).toEqual([expect.stringContaining(problem)]);
  });

  test('whose uncovered time is explained by nothing it records contradicts itself', () => {
    const report = sampleReport(undefined, [sampleFinding('CHAIN_RESTARTED')]);
    const [from, to] = ['2026-11-20T14:01:31Z', '2026-11-20T15:01:31Z'];
    const span = { from, to, chain: CHAIN_ID, reason: 'CHAIN_RESTARTED', explainedBy: ['a'] } as const;
    const window = { ...report.window, uncovered: [span] };
    expect(inconsistenciesOf({ ...report, window })).toEqual([
      'uncovered time is explained by an event that its control events do not have',
    ]);
  });
});
