/** What is read a second time around gaps and findings, and what of it counts. */
import { describe, expect, test } from 'vitest';
import { auditTrail, ringOf, type Scenario, scenarioOf } from '../fixtures/scenario.ts';
import { fixedClock, HOUR, MINUTE } from '../src/base/clock.ts';
import { TrailVerifyError } from '../src/base/errors.ts';
import type { Report } from '../src/report/report.ts';
import type { ObjectRef, Source } from '../src/source/source.ts';
import { countSource } from '../src/source/wrappers.ts';
import type { VerifyOptions } from '../src/verify-options.ts';
import { verifyTrail } from '../src/verify-trail.ts';
import { type ControlRecord, controlRecord, logOf } from './support/control-records.ts';
import { deleteObject, editContent } from './support/damage.ts';
import { memorySource } from './support/memory-source.ts';
import { gzip } from './support/test-gzip.ts';
import type { TestTrail } from './support/test-trail.ts';
import type { LogSpec } from './support/test-trail-options.ts';

function verify(
  scenario: Scenario,
  source: Source = memorySource(scenario.store),
  options: Partial<VerifyOptions> = {},
): Promise<Report> {
  const { targets, now } = scenario;
  const settings = { source, targets, keyRing: ringOf(scenario), runId: 'test', clock: fixedClock(now) };
  return verifyTrail({ ...settings, ...scenario.options, ...options });
}

function recorded(id: string, at: number, changes: Partial<ControlRecord> = {}): LogSpec {
  const record = { name: 'StopLogging', at, id, request: { name: 'audit' }, ...changes } as const;
  return { minute: 20, content: logOf(controlRecord(record)) };
}

/** Six hours with an act in the first and in the last one, three hours of silence, two hours. */
function silenced(): { readonly scenario: Scenario; readonly trail: TestTrail } {
  const { store, trail } = auditTrail(1);
  trail.hour({ logs: [recorded('far', trail.end + 10 * MINUTE)] }).hours(4, { logs: 2 });
  trail.hour({ logs: [recorded('near', trail.end + 10 * MINUTE)] });
  trail.restart(trail.end + 3 * HOUR).hours(2, { logs: 2 });
  return { scenario: scenarioOf(store, trail), trail };
}

const idsOf = ({ controlEvents = [] }: Report): readonly string[] =>
  controlEvents.map(({ eventId }) => eventId);
const codesOf = ({ limits }: Report): readonly string[] => limits.map(({ code }) => code);

/** The source, with another answer to the second and later reads of an object; and how often each was read. */
function rereading(
  source: Source,
  again: (ref: ObjectRef) => Uint8Array | undefined = () => undefined,
): { readonly source: Source; readonly reads: Map<string, number> } {
  const reads = new Map<string, number>();
  const open: Source['open'] = async (ref, options) => {
    const count = (reads.get(ref.key) ?? 0) + 1;
    reads.set(ref.key, count);
    const object = await source.open(ref, options);
    const bytes = count > 1 ? again(ref) : undefined;
    return bytes === undefined ? object : { ...object, bytes };
  };
  return { source: { ...source, open }, reads };
}

describe('a run without trouble', () => {
  test('reads nothing twice, and tells of no acts', async () => {
    const { store, trail } = auditTrail(3);
    trail.hour({ logs: [recorded('quiet', trail.end)] });
    const { source, counts } = countSource(memorySource(store));
    const report = await verify(scenarioOf(store, trail), source);
    expect(report.verdict).toBe('VALID');
    expect(idsOf(report)).toEqual([]);
    expect(counts().opened).toBe(trail.digests.length + trail.logFiles.length);
  });
});

describe('a run with a gap', () => {
  test('reads what lies within three hours of it twice, and nothing else', async () => {
    const { scenario, trail } = silenced();
    const { source, reads } = rereading(memorySource(scenario.store));
    expect(idsOf(await verify(scenario, source))).toEqual(['near']);
    const restarted = trail.digestAt(-3);
    const gap = { from: trail.digestAt(-4).endTime, to: restarted.endTime };
    for (const { key, startTime, endTime, logs } of trail.digests) {
      const isNear = endTime >= gap.from - 3 * HOUR && startTime <= gap.to + 3 * HOUR;
      expect([key, reads.get(key)]).toEqual([key, isNear && logs.length > 0 ? 2 : 1]);
      for (const log of logs) expect([log.key, reads.get(log.key)]).toEqual([log.key, isNear ? 2 : 1]);
    }
  });

  test('reads nothing twice where log files are not checked', async () => {
    const { scenario, trail } = silenced();
    const { source, counts } = countSource(memorySource(scenario.store));
    expect(idsOf(await verify(scenario, source, { logs: false }))).toEqual([]);
    expect(counts().opened).toBe(trail.digests.length);
  });

  test.each([
    ['a log file', (trail: TestTrail) => trail.digestAt(-4).logs[0]],
    ['a digest', (trail: TestTrail) => trail.digestAt(-4)],
  ])('passes over %s that is another one when it is read again, and says so', async (_name, of) => {
    const { scenario, trail } = silenced();
    const changed = of(trail)?.key;
    const forged = gzip(logOf(controlRecord({ name: 'StopLogging', at: trail.end, id: 'forged' })));
    const { source, reads } = rereading(memorySource(scenario.store), ({ key }) =>
      key === changed ? forged : undefined,
    );
    const report = await verify(scenario, source);
    expect(reads.get(changed ?? '')).toBe(2);
    expect(idsOf(report)).toEqual([]);
    expect(codesOf(report)).toContain('CONTROL_SEARCH_INCOMPLETE');
  });

  test('never reads again what did not agree with its digest', async () => {
    const { scenario, trail } = silenced();
    const log = trail.digestAt(-4).logs[0];
    if (log === undefined) throw new Error('the hour before the gap has a log file');
    editContent(scenario.store, log, (text) => text.replace('operations', 'innocence'));
    const { source, reads } = rereading(memorySource(scenario.store));
    expect(idsOf(await verify(scenario, source))).toEqual([]);
    expect(reads.get(log.key)).toBe(1);
  });

  test('searches every Region of the account, and no other account', async () => {
    const { store, trail } = auditTrail(3);
    const at = trail.end;
    const act = { name: 'DisableKey', request: { keyId: 'k' } } as const;
    const companions = [
      auditTrail(2, { store, region: 'eu-west-1', homeRegion: 'us-east-1' }).trail,
      auditTrail(2, { store, account: '777788889999' }).trail,
    ];
    for (const [index, other] of companions.entries())
      other.hour({ logs: [recorded(`act ${index}`, at, act)] }).hours(5);
    trail.restart(trail.end + 3 * HOUR).hours(2);
    const { source, reads } = rereading(memorySource(store));
    const report = await verify(scenarioOf(store, trail), source);
    expect(idsOf(report)).toEqual(['act 0']);
    const ofOther = [...reads].filter(([key]) => key.includes('777788889999'));
    expect(ofOther.length).toBeGreaterThan(0);
    expect(ofOther.every(([, count]) => count === 1)).toBe(true);
  });

  test.each([
    ['searches', '777788889999', ['by the owner']],
    ['does not search', '444455556666', []],
  ] as const)('of an organization %s the account that is named as owner', async (_name, owner, ids) => {
    const organization = 'o-exampleorg1';
    const { store, trail } = auditTrail(3, { organization });
    const management = auditTrail(2, { store, organization, account: '777788889999' }).trail;
    const arn = 'arn:aws:cloudtrail:us-east-1:777788889999:trail/audit';
    const act = { account: '777788889999', request: { name: arn } };
    management.hour({ logs: [recorded('by the owner', management.end, act)] }).hours(5);
    trail.restart(trail.end + 3 * HOUR).hours(2);
    const expectations = [{ basis: 'trail-status', organization, owner, trail: 'audit' }] as const;
    const report = await verify(scenarioOf(store, trail), undefined, { expectations });
    expect(idsOf(report)).toEqual(ids);
    const restarted = report.findings.find(({ code }) => code === 'CHAIN_RESTARTED');
    expect(restarted?.explanation?.map(({ eventId }) => eventId) ?? []).toEqual(ids);
  });

  test('of an organization finds who stopped the whole trail without knowing its owner, whose chain is silent too', async () => {
    const organization = 'o-exampleorg1';
    const { store, trail } = auditTrail(3, { organization });
    const management = auditTrail(2, { store, organization, account: '777788889999' }).trail;
    const arn = 'arn:aws:cloudtrail:us-east-1:777788889999:trail/audit';
    const act = { account: '777788889999', request: { name: arn } };
    management.hour({ logs: [recorded('by the owner', management.end, act)] });
    for (const stopped of [trail, management]) stopped.restart(stopped.end + 3 * HOUR).hours(2);
    const report = await verify(scenarioOf(store, trail));
    const explained = report.findings.map(({ code, chain, explanation = [] }) => [
      code,
      chain?.split('/')[0],
      explanation.map(({ eventId }) => eventId),
    ]);
    expect(explained).toEqual(
      ['111122223333', '777788889999'].map((account) => ['CHAIN_RESTARTED', account, ['by the owner']]),
    );
  });

  test('finds who deleted the bucket that the trail lay in before', async () => {
    const { store, trail } = auditTrail(3);
    const at = trail.end + 10 * MINUTE;
    trail.moveTo({ bucket: 'example-second-logs' });
    trail.restart(trail.end + 3 * HOUR);
    const act = { name: 'DeleteBucket', request: { bucketName: 'example-trail-logs' } } as const;
    const other = { name: 'DeleteBucket', request: { bucketName: 'example-other-bucket' } } as const;
    trail.hour({ logs: [recorded('deleted', at, act), recorded('another', at, other)] }).hour();
    const report = await verify(scenarioOf(store, trail));
    expect(idsOf(report)).toEqual(['deleted']);
    expect(report.findings).toMatchObject([
      { code: 'CHAIN_RESTARTED', explanation: [{ eventId: 'deleted', subject: 's3://example-trail-logs' }] },
    ]);
  });

  test('of a member finds who removed it in any account of the organization, where Organizations records it', async () => {
    const organization = 'o-exampleorg1';
    const { store, trail } = auditTrail(3, { organization });
    const at = trail.end;
    const remove = { name: 'RemoveAccountFromOrganization', account: '777788889999' } as const;
    const request = { accountId: '111122223333' };
    const management = auditTrail(2, { store, organization, account: '777788889999' }).trail;
    const key = { name: 'DisableKey', account: '777788889999', request: { keyId: 'k' } } as const;
    management.hour({ logs: [recorded('removed', at, { ...remove, request }), recorded('key', at, key)] });
    const elsewhere = auditTrail(2, {
      store,
      organization,
      account: '777788889999',
      region: 'eu-west-1',
      homeRegion: 'us-east-1',
    }).trail;
    elsewhere.hour({ logs: [recorded('not there', at, { ...remove, request })] });
    const stranger = auditTrail(2, { store, organization: 'o-otherorg22', account: '888899990000' }).trail;
    stranger.hour({ logs: [recorded('of another organization', at, { ...remove, request })] });
    for (const other of [management, elsewhere, stranger]) other.hours(6);
    const { source, reads } = rereading(memorySource(store));
    const report = await verify(scenarioOf(store, management), source);
    expect(idsOf(report)).toEqual(['removed']);
    const [early] = report.findings;
    expect(early).toMatchObject({ code: 'CHAIN_ENDS_EARLY', explanation: [{ eventId: 'removed' }] });
    const twice = [...reads].filter(([, count]) => count > 1).map(([name]) => name);
    expect(twice.length).toBeGreaterThan(0);
    expect(twice.filter((name) => /eu-west-1|888899990000/.test(name))).toEqual([]);
  });

  test('of an organization does not search other members for what befell a single object', async () => {
    const organization = 'o-exampleorg1';
    const { store, trail } = auditTrail(3, { organization });
    const other = auditTrail(3, { store, organization, account: '777788889999' }).trail;
    deleteObject(store, trail.logAt(1));
    const { source, reads } = rereading(memorySource(store));
    await verify(scenarioOf(store, trail), source);
    expect(other.logFiles.every(({ key }) => reads.get(key) === 1)).toBe(true);
    expect([...reads.values()].some((count) => count > 1)).toBe(true);
  });

  test('can be stopped while it is searched', async () => {
    const { scenario } = silenced();
    const stop = new AbortController();
    const { source, reads } = rereading(memorySource(scenario.store), () => {
      stop.abort();
      return undefined;
    });
    const report = await verify(scenario, source, { signal: stop.signal });
    expect(report.findings.map(({ code }) => code)).toContain('RUN_INTERRUPTED');
    expect(idsOf(report)).toEqual([]);
    expect([...reads.values()].filter((count) => count > 1).length).toBeLessThanOrEqual(4);
  });

  test('keeps what was verified where the search cannot go on, and says so', async () => {
    const { scenario } = silenced();
    const { source } = rereading(memorySource(scenario.store), () => {
      throw new TrailVerifyError('CREDENTIALS', 'the session has expired');
    });
    const report = await verify(scenario, source);
    const plain = await verify(scenario);
    expect(codesOf(report)).toContain('CONTROL_SEARCH_ENDED');
    expect(report.totals).toEqual(plain.totals);
    expect(report.verdict).toBe(plain.verdict);
  });
});

test('a log file that is gone makes the hours around it worth a search', async () => {
  const { store, trail } = auditTrail(9);
  deleteObject(store, trail.logAt(1));
  const { source, reads } = rereading(memorySource(store));
  await verify(scenarioOf(store, trail), source);
  const twice = trail.digests.filter(({ key }) => reads.get(key) === 2);
  expect(twice.map(({ key }) => key)).toContain(trail.digestAt(1).key);
  expect(reads.get(trail.digestAt(-1).key)).toBe(1);
});
