import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Acceptance, isAcceptable } from '../../src/findings/event.ts';
import type { Finding } from '../../src/findings/finding.ts';
import { acceptFindings, openVerdict } from '../../src/report/judge-findings.ts';
import type { Report, UncoveredSpan } from '../../src/report/report.ts';
import { inconsistenciesOf } from '../../src/signed/consistency.ts';
import { ALL_CODES, CHAIN_ID, sampleFinding } from '../support/sample-reports.ts';
import { build, chain, covered, digest, ID, OTHER, uncovered } from './report-events.ts';

const AT = Date.parse('2026-11-21T03:00:00Z');
const GAP: Acceptance = {
  name: 'known gap',
  code: 'CHAIN_RESTARTED',
  chain: CHAIN_ID,
  reason: 'the trail was made anew',
  acceptedBy: 'internal audit',
  expires: '2027-01-31T00:00:00Z',
};
const STRETCH: UncoveredSpan = {
  from: '2026-11-20T14:01:31Z',
  to: '2026-11-20T15:01:31Z',
  chain: CHAIN_ID,
  reason: 'CHAIN_RESTARTED',
};

function outcome(acceptance: Partial<Acceptance>, findings = [sampleFinding('CHAIN_RESTARTED')], at = AT) {
  const given = { ...GAP, ...acceptance };
  const result = acceptFindings({ findings, uncovered: [STRETCH] }, [given], at);
  return { ...result, verdict: openVerdict(result, result.uncovered), told: result.acceptances[0] };
}

describe('an acceptance that fits', () => {
  test('marks the finding and its uncovered time, and leaves both in the report', () => {
    const { findings, uncovered: spans, verdict, told } = outcome({});
    expect(findings).toEqual([{ ...sampleFinding('CHAIN_RESTARTED'), accepted: 'known gap' }]);
    expect(spans).toEqual([{ ...STRETCH, accepted: 'known gap' }]);
    expect(told).toEqual({ ...GAP, status: 'applied', findings: 1, violations: 0 });
    expect(verdict).toBe('VALID');
  });

  test.each<[string, Partial<Acceptance>]>([
    ['a pattern of its object', { object: 's3://example-trail-bucket/*/us-east-1/*' }],
    ['a pattern of its chain', { chain: '111122223333/*' }],
    ['a window around it', { window: { from: '2026-11-20T14:00:00Z', to: '2026-11-20T16:00:00Z' } }],
  ])('by %s', (_name, changes) => {
    expect(outcome(changes).verdict).toBe('VALID');
  });
});

describe('an acceptance that does not fit', () => {
  test.each<[string, Partial<Acceptance>]>([
    ['another code', { code: 'CHAIN_STARTS_LATE' }],
    ['another chain', { chain: '444455556666/*' }],
    ['another object', { object: 's3://elsewhere/*' }],
    ['a window that ends too early', { window: { to: '2026-11-20T15:01:30Z' } }],
    ['a window that begins too late', { window: { from: '2026-11-20T14:01:32Z' } }],
    ['one right and one wrong pattern', { object: 's3://elsewhere/*', chain: CHAIN_ID }],
  ])('%s is told as unmatched, and the verdict stays', (_name, changes) => {
    const { verdict, told, findings, uncovered: spans } = outcome(changes);
    expect(verdict).toBe('INCONCLUSIVE');
    expect(told).toMatchObject({ status: 'unmatched', findings: 0 });
    expect(findings[0]).not.toHaveProperty('accepted');
    expect(spans[0]).not.toHaveProperty('accepted');
  });

  test('without object, chain and window nothing is named, and nothing accepted', () => {
    const { chain: _chain, ...nameless } = GAP;
    const findings = [sampleFinding('CHAIN_RESTARTED')];
    expect(acceptFindings({ findings, uncovered: [] }, [nameless], AT).findings).toEqual(findings);
  });

  test('an expired one is told as expired with what it would accept', () => {
    const { verdict, told } = outcome({ expires: '2026-11-21T03:00:00Z' });
    expect(verdict).toBe('INCONCLUSIVE');
    expect(told).toMatchObject({ status: 'expired', findings: 1 });
    expect(outcome({ expires: '2026-11-21T03:00:01Z' }).verdict).toBe('VALID');
  });
});

describe('a violation', () => {
  test('with the code that is usually unproven is told, and stays', () => {
    const findings = [sampleFinding('CHAIN_ENDS_EARLY', undefined, 'violation')];
    const { verdict, told, findings: kept } = outcome({ code: 'CHAIN_ENDS_EARLY' }, findings);
    expect(verdict).toBe('INVALID');
    expect(told).toMatchObject({ status: 'unmatched', findings: 0, violations: 1 });
    expect(kept).toEqual(findings);
  });

  test('keeps uncovered time that it touches from being accepted', () => {
    const findings = [sampleFinding('CHAIN_RESTARTED'), sampleFinding('DIGEST_MISSING')];
    const { uncovered: spans, verdict } = outcome({}, findings);
    expect(spans).toEqual([STRETCH]);
    expect(verdict).toBe('INVALID');
  });

  test('that somebody marked counts all the same', () => {
    const marked = { ...sampleFinding('LOG_MODIFIED'), accepted: 'known gap' };
    expect(openVerdict({ findings: [marked] }, [])).toBe('INVALID');
  });

  test('cannot be accepted away, whatever is accepted, and no run that proved nothing passes', () => {
    const pattern = fc.constantFrom('*', 's3://*', CHAIN_ID, '1*');
    const acceptance = fc.record({
      name: fc.uuid(),
      code: fc.constantFrom(...ALL_CODES),
      object: pattern,
      chain: pattern,
      reason: fc.constant('because'),
      acceptedBy: fc.constant('anybody'),
      expires: fc.constant('2099-01-01T00:00:00Z'),
    });
    const found = fc.tuple(
      fc.constantFrom(...ALL_CODES),
      fc.constantFrom('violation' as const, 'unproven' as const, 'note' as const),
    );
    fc.assert(
      fc.property(fc.array(acceptance), fc.array(found), (acceptances, codes) => {
        const findings = codes.map(([code, weight]) => sampleFinding(code, undefined, weight));
        const result = acceptFindings({ findings, uncovered: [] }, acceptances, AT);
        expect(result.findings.map(({ accepted: _mark, ...rest }) => rest)).toEqual(findings);
        const verdict = openVerdict(result, []);
        expect(verdict === 'INVALID').toBe(findings.some(({ weight }) => weight === 'violation'));
        const ofTheRun = findings.some(
          ({ code, weight }) => weight !== 'note' && ['NOTHING_VERIFIED', 'RUN_INTERRUPTED'].includes(code),
        );
        if (ofTheRun) expect(verdict).not.toBe('VALID');
      }),
    );
  });

  test.each([
    'NOTHING_VERIFIED',
    'RUN_INTERRUPTED',
    'LOG_MISSING',
    'DIGEST_MISSING',
    'WINDOW_OVERLAP',
  ] as const)('and what is no open point of the trail: %s', (code) => expect(isAcceptable(code)).toBe(false));
});

describe('in a report', () => {
  const gap: Acceptance = { ...GAP, code: 'CHAIN_STARTS_LATE', chain: ID };
  const stretch = { ...uncovered(0, 1), reason: 'CHAIN_STARTS_LATE' as const };
  const late = {
    type: 'finding',
    finding: {
      code: 'CHAIN_STARTS_LATE',
      weight: 'unproven',
      object: { bucket: 'b', key: 'k', uri: 's3://b/k' },
      chain: ID,
      evidence: { uncovered: { from: '2026-10-05T09:00:00Z', to: '2026-10-05T10:00:00Z' } },
    },
  } as const;
  const events = [chain(), digest(), covered(1, 2), stretch, late];
  const limits = [{ code: 'X', text: 'X' }];
  const reported = (acceptances: readonly Acceptance[], more = events): Report => ({
    ...build(more, { acceptances }),
    limits,
  });

  test('the verdict is that of the rest, the conclusion says so, and the time is not covered', () => {
    const without = reported([]);
    const report = reported([gap]);
    expect(without).toMatchObject({ verdict: 'INCONCLUSIVE' });
    expect(without).not.toHaveProperty('acceptances');
    expect(report.verdict).toBe('VALID');
    expect(report.window.covered).toEqual(without.window.covered);
    expect(report.window.uncovered).toHaveLength(1);
    expect(report.conclusion?.counts).toMatchObject({ accepted: 1, findings: { unproven: 1 } });
    expect(report.conclusion?.sentence).toContain('1 unproven finding was accepted');
    expect(inconsistenciesOf(report)).toEqual([]);
    expect(inconsistenciesOf(without)).toEqual([]);
  });

  test('uncovered time that no accepted finding speaks of keeps it from being VALID', () => {
    const elsewhere = { ...uncovered(5, 6), reason: 'CHAIN_STARTS_LATE' as const };
    const report = reported([gap], [...events, elsewhere]);
    expect(report.verdict).toBe('INCONCLUSIVE');
    expect(inconsistenciesOf(report)).toEqual([]);
  });

  test('a forged mark, status or count is seen', () => {
    const without = reported([]);
    const marked = without.findings.map((finding) => ({ ...finding, accepted: 'known gap' }));
    expect(inconsistenciesOf({ ...without, findings: marked })).toContain(
      'its findings are not accepted as its acceptances say',
    );
    const expired = reported([{ ...gap, expires: '2026-01-01T00:00:00Z' }]);
    const [told] = expired.acceptances ?? [];
    if (told === undefined) throw new Error('no acceptance was reported');
    expect(inconsistenciesOf({ ...expired, acceptances: [{ ...told, status: 'applied' }] })).toEqual([
      'the outcome of its acceptances does not follow from its findings',
    ]);
    const spans = expired.window.uncovered.map((span) => ({ ...span, accepted: 'known gap' }));
    const window = { ...expired.window, uncovered: spans };
    expect(inconsistenciesOf({ ...expired, window })).toContain(
      'its uncovered time is not accepted as its acceptances say',
    );
    const applied = reported([gap]);
    const twice = [...(applied.acceptances ?? []), ...(applied.acceptances ?? [])];
    expect(inconsistenciesOf({ ...applied, acceptances: twice })).toContain(
      'two of its acceptances have one name',
    );
  });

  test('acceptances that fit everything are seen, but where the run was interrupted before it knew', () => {
    const seen = 'its acceptances fit every finding that its target may ever give';
    const report = reported([gap]);
    const [told] = report.acceptances ?? [];
    if (told === undefined) throw new Error('no acceptance was reported');
    const { chain: _one, ...rest } = told;
    const from = '2026-11-20T00:00:00Z';
    const bounded = { ...report.window, requested: { ...report.window.requested, from } };
    for (const wide of [
      { object: 's3://*' },
      { chain: '1*' },
      { window: { from: '1970-01-01T00:00:00Z' } },
    ]) {
      const swept = { ...report, acceptances: [{ ...rest, ...wide }] };
      expect(inconsistenciesOf(swept)).toContain(seen);
      expect(inconsistenciesOf({ ...swept, window: bounded })).toContain(seen);
      const cut = { ...sampleFinding('RUN_INTERRUPTED') };
      expect(inconsistenciesOf({ ...swept, findings: [...swept.findings, cut] })).not.toContain(seen);
    }
    const uncoveredChains = report.chains.map((one) => ({ ...one, covered: [] }));
    const swept = { ...report, chains: uncoveredChains, acceptances: [{ ...rest, chain: '1*' }] };
    expect(inconsistenciesOf({ ...swept, window: bounded })).toContain(seen);
    expect(inconsistenciesOf(swept)).toContain(seen);
  });

  test('a finding of an unknown key is borne only by its very object', () => {
    const finding = sampleFinding('DIGEST_KEY_UNKNOWN');
    const open: Finding = { ...finding, weight: 'unproven' };
    const { chain: _none, ...bare } = GAP;
    const bear = (how: Partial<Acceptance>) =>
      acceptFindings(
        { findings: [open], uncovered: [] },
        [{ ...bare, code: 'DIGEST_KEY_UNKNOWN', ...how }],
        AT,
      ).findings[0]?.accepted;
    expect(bear({ object: open.object.uri })).toBe('known gap');
    expect(bear({ object: `${open.object.uri.slice(0, -1)}*` })).toBeUndefined();
    expect(bear({ chain: open.chain ?? '' })).toBeUndefined();
  });

  test('time is borne by who bears the finding that says why, whatever else of it is accepted', () => {
    const both = [sampleFinding('CHAIN_STARTS_LATE'), sampleFinding('CHAIN_RESTARTED')].map((finding) => ({
      ...finding,
      evidence: { uncovered: { from: STRETCH.from, to: STRETCH.to } },
    })) as Finding[];
    const acceptances = [{ ...GAP, name: 'late', code: 'CHAIN_STARTS_LATE' } as const, GAP];
    const accepted = acceptFindings({ findings: both, uncovered: [STRETCH] }, acceptances, AT);
    expect(accepted.uncovered).toEqual([{ ...STRETCH, accepted: 'known gap' }]);
  });

  test('a finding of no chain fits only an acceptance that names none', () => {
    const { chain: _ofNone, ...finding } = sampleFinding('CHAIN_RESTARTED');
    expect(outcome({ chain: '*' }, [finding as Finding]).told?.status).toBe('applied');
    expect(outcome({ chain: '1*' }, [finding as Finding]).told?.status).toBe('unmatched');
  });

  test('a finding of no time fits no window, and speaks of all time of its chain', () => {
    const timeless = { ...sampleFinding('DIGEST_UNREADABLE') };
    delete (timeless as { time?: string }).time;
    const window = { from: '2026-01-01T00:00:00Z' };
    expect(outcome({ code: 'DIGEST_UNREADABLE', window }, [timeless]).told?.status).toBe('unmatched');
    const both = outcome({}, [sampleFinding('CHAIN_RESTARTED'), timeless]);
    expect(both.uncovered).toEqual([STRETCH]);
  });

  test('time beyond the window of its acceptance stays open, and the first that speaks of it is named', () => {
    const finding = sampleFinding('CHAIN_RESTARTED');
    const window = { from: STRETCH.from, to: STRETCH.to };
    const longer = { ...STRETCH, to: '2026-11-20T18:00:00Z' };
    const acceptances = [
      { ...GAP, window },
      { ...GAP, name: 'second' },
    ];
    const found = { findings: [finding, finding], uncovered: [STRETCH, longer] };
    expect(acceptFindings(found, acceptances, AT).uncovered).toEqual([
      { ...STRETCH, accepted: 'known gap' },
      longer,
    ]);
  });

  test('another chain stays open', () => {
    const other = [chain(OTHER), { ...late, finding: { ...late.finding, chain: OTHER.account } } as const];
    expect(reported([gap], [...events, ...other]).verdict).toBe('INCONCLUSIVE');
  });
});
