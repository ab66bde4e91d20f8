import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ReportBuilder } from '../../src/report/build-report.ts';
import type { FindingCount, OverflowFindings, Report } from '../../src/report/report.ts';
import { statementOf } from '../../src/signed/bundle.ts';
import { checkOverflowFindings } from '../../src/signed/companions.ts';
import { acceptancesFollow, inconsistenciesOf } from '../../src/signed/consistency.ts';
import { ACCEPTANCE, FACTS, finding, ID, UNLISTED, unlistedRun } from '../report/report-events.ts';
import { memoryLines } from '../support/memory-lines.ts';

/** A report that names two of five unlisted log files, one of them not accepted, and the file of the other three. */
async function made() {
  const store = memoryLines(4096, 'overflow-findings.jsonl.gz');
  const acceptances = [ACCEPTANCE];
  const builder = new ReportBuilder({ ...FACTS, acceptances, overflowFindings: store, mostNamed: 2 });
  const object = { bucket: 'other', key: 'z', uri: 's3://other/z' };
  for (const event of unlistedRun(4, [finding({ ...UNLISTED, object })])) await builder.add(event);
  await builder.writeOverflow();
  return { report: builder.build(), file: store.file() };
}

const { report, file } = await made();
const further = report.overflowFindings as OverflowFindings;

/** What is wrong with `bytes` as the file beside the report. */
function problemsOf(bytes: Uint8Array | undefined, of: Report = report) {
  return checkOverflowFindings(of, async (name) => {
    expect(name).toBe('overflow-findings.jsonl.gz');
    if (bytes === undefined) return undefined;
    return (async function* () {
      yield bytes;
    })();
  });
}

describe('the file of further findings', () => {
  test('is what its report counts', async () => {
    expect(further).toMatchObject({ lines: 3, counts: [{ count: 3, accepted: 2 }] });
    expect(await problemsOf(file)).toEqual([]);
    expect(statementOf({ report, sha256: 'ab' } as never).subject).toContainEqual({
      name: further.path,
      digest: { sha256: further.sha256 },
    });
  });

  test('is asked for only where a report counts them', async () => {
    const { overflowFindings: _none, ...without } = report;
    expect(await checkOverflowFindings(without, () => Promise.reject(new Error('asked')))).toEqual([]);
  });

  test('is missed where it is not there', async () => {
    expect(await problemsOf(undefined)).toMatchObject([{ code: 'BESIDE_MISSING', weight: 'unproven' }]);
  });

  const lines = gunzipSync(file).toString().trimEnd().split('\n');
  const packed = (some: readonly string[]): Uint8Array => gzipSync(`${some.join('\n')}\n`);
  test.each([
    ['a line less', packed(lines.slice(1)), /has 2 lines, and the report counts 3/],
    ['a line more', packed([...lines, lines[0] ?? '']), /has more than 3 lines/],
    ['other bytes', packed(lines.map((line) => line.replace('LOG_', 'log_'))), /has another SHA-256/],
    ['no JSON', packed([...lines.slice(1), '{']), /line 3 of overflow-findings.jsonl.gz is not JSON/],
    ['no finding', packed([...lines.slice(1), '7']), /line 3 of overflow-findings.jsonl.gz is no finding/],
    ['no gzip', Buffer.from('text'), /overflow-findings.jsonl.gz/],
    ['a part of it', file.subarray(0, -9), /overflow-findings.jsonl.gz/],
  ])('is refused with %s', async (_what, bytes, text) => {
    const [problem, ...others] = await problemsOf(bytes);
    expect(problem).toMatchObject({ code: 'BESIDE_CHANGED', weight: 'violation' });
    expect(problem?.text).toMatch(text);
    expect(others).toEqual([]);
  });

  test('is refused where the report counts otherwise', async () => {
    const counts = further.counts.map((one) => ({ ...one, accepted: 1 }));
    const [problem] = await problemsOf(file, { ...report, overflowFindings: { ...further, counts } });
    expect(problem?.text).toMatch(/has other findings than the report counts/);
  });

  test('does not hide another error than one of its own', async () => {
    const broken = checkOverflowFindings(report, async () =>
      (async function* (): AsyncGenerator<Uint8Array> {
        yield file.subarray(0, 10);
        throw new Error('the disk is gone');
      })(),
    );
    await expect(broken).rejects.toThrow();
  });
});

describe('what a report counts of further findings', () => {
  const edited = (changes: Partial<FindingCount>, whole: Partial<OverflowFindings> = {}): Report => ({
    ...report,
    overflowFindings: { ...further, ...whole, counts: further.counts.map((one) => ({ ...one, ...changes })) },
  });

  test('agrees with the rest of it', () => {
    expect(inconsistenciesOf(report)).toEqual([]);
  });

  test.each([
    [
      'more lines than its counts',
      edited({}, { lines: 4 }),
      'it has 4 further findings, and their counts make 3',
    ],
    [
      'a code that it does not name',
      edited({ code: 'LOG_MODIFIED' }),
      'it counts further findings of a code of which it names none',
    ],
    [
      'more accepted than there are',
      edited({ accepted: 4 }),
      'it accepts further findings that cannot be accepted',
    ],
    [
      'violations accepted',
      edited({ weight: 'violation' }),
      'it accepts further findings that cannot be accepted',
    ],
    ['others accepted', edited({ accepted: 3 }), 'its verdict is INCONCLUSIVE, and its findings make VALID'],
    [
      'one kind twice',
      { ...report, overflowFindings: { ...further, counts: [...further.counts, ...further.counts] } },
      'it counts one kind of further findings twice',
    ],
    [
      'none of them',
      { ...report, overflowFindings: { ...further, counts: [], lines: 0 } },
      'it counts 5 unlisted log files, and 2 findings name one',
    ],
  ])('is refused with %s', (_what, changed, text) => {
    expect(inconsistenciesOf(changed)).toContain(text);
  });

  const told = (changes: object): Report => ({
    ...report,
    acceptances: report.acceptances?.map((one) => ({ ...one, ...changes })) ?? [],
  });
  test.each([
    ['more findings than there are', told({ findings: 6 })],
    ['fewer findings than are named', told({ findings: 1 })],
    ['violations', told({ violations: 1 })],
    ['fewer violations than none', told({ violations: -1 })],
    ['another status', told({ status: 'expired' })],
    ['no match', told({ status: 'unmatched' })],
    ['none of them', { ...report, acceptances: [] }],
  ])('is refused where an acceptance tells of %s', (_what, changed) => {
    expect(inconsistenciesOf(changed).join()).toMatch(/acceptances/);
  });

  test('may be accepted by an acceptance that fits no named one', () => {
    const elsewhere = {
      ...ACCEPTANCE,
      name: 'elsewhere',
      object: 's3://other/*',
      findings: 1,
      violations: 0,
    };
    const both = (status: 'applied' | 'unmatched'): Report => ({
      ...edited({ accepted: 3 }),
      verdict: 'VALID',
      acceptances: [...(report.acceptances ?? []), { ...elsewhere, status }],
    });
    expect(inconsistenciesOf(both('applied')).filter((text) => !text.includes('conclusion'))).toEqual([]);
    expect(inconsistenciesOf(both('unmatched')).join()).toContain('the outcome of its acceptances');
  });

  test('may be what bears uncovered time, if they are of its chain and reason', () => {
    const span = {
      from: '2026-10-05T10:00:00Z',
      to: '2026-10-05T11:00:00Z',
      chain: ID,
      reason: 'CHAIN_RESTARTED',
      accepted: ACCEPTANCE.name,
    } as const;
    const kind = { code: 'CHAIN_RESTARTED', weight: 'unproven', count: 1, accepted: 1 } as const;
    const acceptedBy = (count: FindingCount): string =>
      acceptancesFollow({
        ...report,
        window: { ...report.window, uncovered: [span] },
        overflowFindings: { ...further, counts: [...further.counts, count] },
      }).join();
    const wrong = 'its uncovered time is not accepted as';
    expect(acceptedBy({ ...kind, chain: ID })).not.toContain(wrong);
    expect(acceptedBy({ ...kind, chain: 'another' })).toContain(wrong);
    expect(acceptedBy({ ...kind, chain: ID, accepted: 0 })).toContain(wrong);
  });

  test('must be accepted by an acceptance of their code that applies', () => {
    const changed = { ...told({ code: 'CHAIN_RESTARTED', status: 'unmatched', findings: 0 }) };
    expect(inconsistenciesOf(changed)).toContain(
      'its further findings are accepted by none of its acceptances',
    );
  });
});
