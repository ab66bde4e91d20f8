import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { fixedClock, isoTime } from '../../src/base/clock.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import type { Finding } from '../../src/findings/finding.ts';
import { chainTimelines, coverageRows } from '../../src/render/facts/timeline.ts';
import { verdictSentence } from '../../src/render/facts/verdict.ts';
import { renderVerdictLine } from '../../src/render/formats/json.ts';
import { renderJunit } from '../../src/render/formats/junit.ts';
import { renderMetrics } from '../../src/render/formats/metrics.ts';
import { renderedFiles, renderPieces } from '../../src/render/rendering.ts';
import { plain } from '../../src/render/text/terminal.ts';
import { findingCounts, renderText } from '../../src/render/text/text.ts';
import { ReportBuilder, type RunFacts } from '../../src/report/build-report.ts';
import { countAll } from '../../src/report/findings-beyond.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { inconsistenciesOf } from '../../src/signed/consistency.ts';
import { examineTrail } from '../../src/verify-trail.ts';
import { memoryLines } from '../support/memory-lines.ts';
import { memorySource } from '../support/memory-source.ts';
import { ACCEPTANCE, at, covered, FACTS, finding, ID, UNLISTED, unlistedRun } from './report-events.ts';

const scenarios = await loadScenarios();

async function eventsOf(scenario: Scenario): Promise<readonly TrailEvent[]> {
  const events: TrailEvent[] = [];
  const examined = examineTrail({
    source: memorySource(scenario.store, { versions: true }),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...scenario.options,
  });
  for await (const event of examined) events.push(event);
  return events;
}

/** The report of the same events, with `mostNamed` findings of a code named; and the file of the others. */
async function reportOf(events: readonly TrailEvent[], mostNamed?: number, facts: Partial<RunFacts> = {}) {
  const store = memoryLines(4096, 'overflow-findings.jsonl.gz');
  const builder = new ReportBuilder({
    ...FACTS,
    ...facts,
    ...(mostNamed === undefined ? {} : { overflowFindings: store, mostNamed }),
  });
  for (const event of events) await builder.add(event);
  await builder.writeOverflow();
  const text = store.text() ?? '';
  const further = text
    .split('\n')
    .slice(0, -1)
    .map((line): Finding => JSON.parse(line));
  return { report: builder.build(), further };
}

/** Test suites with what they count, without the findings that they show. */
function suitesOf(junit: string): readonly string[] {
  return [...junit.matchAll(/<(?:testsuite|testcase|failure|error) [^>]*>/g)].map(([tag]) => tag);
}

describe('a report that names one finding of each code', () => {
  test.each(scenarios)('says of $name what one says that names them all', async (listed) => {
    const scenario = listed.build();
    const events = await eventsOf(scenario);
    const { report: whole } = await reportOf(events);
    const { report, further } = await reportOf(events, 1);
    const { findings, overflowFindings, ...rest } = report;
    const { findings: all, ...others } = whole;
    expect(rest).toEqual(others);
    const text = (some: readonly Finding[]): readonly string[] =>
      some.map((one) => JSON.stringify(one)).sort();
    expect(text([...findings, ...further])).toEqual(text(all));
    expect(new Set(findings.map(({ code }) => code)).size).toBe(findings.length);
    expect(overflowFindings?.lines ?? 0).toBe(further.length);
    expect([countAll(report), countAll(whole)]).toEqual([all.length, all.length]);
    expect(inconsistenciesOf(report)).toEqual([]);
    expect(readReport(Buffer.from(JSON.stringify(report)), 'it').report).toEqual(report);
    expect(findingCounts(report)).toBe(findingCounts(whole));
    expect(renderMetrics(report)).toBe(renderMetrics(whole));
    expect(coverageRows(report)).toEqual(coverageRows(whole));
    const suites = suitesOf(renderJunit(report, ''));
    expect(suites.filter((tag) => !tag.includes('message='))).toEqual(
      suitesOf(renderJunit(whole, '')).filter((tag) => !tag.includes('message=')),
    );
    expect(verdictSentence(report).split(':')[0]).toBe(verdictSentence(whole).split(':')[0]);
  });

  test('has scenarios of many findings of one code to say it of', async () => {
    const counts = await Promise.all(
      ['digest-moved-bucket', 'log-unlisted'].map(async (name) => {
        const events = await eventsOf(scenarios.find((one) => one.name === name)?.build() as Scenario);
        return (await reportOf(events, 1)).report.overflowFindings?.lines;
      }),
    );
    expect(counts).toEqual([5, 1]);
  });

  test('is refused where the others were not written', async () => {
    const builder = new ReportBuilder({ ...FACTS, overflowFindings: memoryLines(), mostNamed: 1 });
    for (const event of unlistedRun(3)) await builder.add(event);
    expect(() => builder.build()).toThrow('some are neither named nor counted');
  });
});

describe('findings that a report only counts', () => {
  const acceptances = [ACCEPTANCE];

  test('are accepted as those that it names', async () => {
    const { report } = await reportOf(unlistedRun(5), 2, { acceptances });
    expect(report.verdict).toBe('VALID');
    expect(report.totals.logs.unlisted).toBe(5);
    expect(report.acceptances?.[0]).toMatchObject({ status: 'applied', findings: 5 });
    expect(report.overflowFindings?.counts).toEqual([
      { chain: ID, code: 'LOG_UNLISTED', weight: 'unproven', count: 3, accepted: 3 },
    ]);
    expect(report.conclusion?.counts.accepted).toBe(5);
    expect(verdictSentence(report)).toContain('5 unproven findings are accepted, not proven');
    expect(inconsistenciesOf(report)).toEqual([]);
  });

  test.each([
    ['unproven', 'INCONCLUSIVE', '1 log file'],
    ['violation', 'INVALID', '1 log file altered'],
  ] as const)(
    'decide the verdict though all that it names are accepted: %s',
    async (weight, verdict, words) => {
      const object = { bucket: 'c', key: 'z', uri: 's3://c/z' };
      const { report } = await reportOf(unlistedRun(4, [finding({ ...UNLISTED, weight, object })]), 2, {
        acceptances,
      });
      expect(report.findings.every(({ accepted }) => accepted === ACCEPTANCE.name)).toBe(true);
      expect(report.verdict).toBe(verdict);
      expect(verdictSentence(report)).toContain(words);
      expect(inconsistenciesOf(report)).toEqual([]);
      const [suite] = /<testcase classname="[^"]+us-east-1[^"]*" name="log files[^>]*>.*?<\/testcase>/s.exec(
        renderJunit(report, ''),
      ) ?? [''];
      expect(suite).toContain(
        weight === 'violation' ? '<failure type="LOG_UNLISTED"' : '<error type="LOG_UNLISTED"',
      );
    },
  );

  test('leave time open that those which it names do not', async () => {
    const gap = (hour: number, key: string): TrailEvent =>
      finding({
        code: 'CHAIN_RESTARTED',
        chain: ID,
        time: isoTime(at(hour + 1)),
        object: { bucket: 'b', key, uri: `s3://b/${key}` },
        evidence: {
          uncovered: { from: isoTime(at(hour)), to: isoTime(at(hour + 2)) },
          lastBefore: 's3://b/k',
        },
      });
    const events = unlistedRun(0, [
      gap(1, 'borne'),
      gap(2, 'not borne'),
      { type: 'uncovered', chain: ID, from: at(1), to: at(3), reason: 'CHAIN_RESTARTED' },
    ]);
    const acceptedCount = { ...ACCEPTANCE, code: 'CHAIN_RESTARTED', object: 's3://b/borne' } as const;
    const facts = { acceptances: [acceptedCount] };
    const { report } = await reportOf(events, 1, facts);
    expect(report.window.uncovered).toEqual(
      (await reportOf(events, undefined, facts)).report.window.uncovered,
    );
    expect(report.window.uncovered[0]?.accepted).toBe(undefined);
    expect(report.verdict).toBe('INCONCLUSIVE');
    expect(inconsistenciesOf(report)).toEqual([]);
  });

  test('are told in every rendering', async () => {
    const { report } = await reportOf(unlistedRun(5), 2);
    const { path } = report.overflowFindings ?? {};
    expect(path).toBe('overflow-findings.jsonl.gz');
    for (const format of ['html', 'markdown', 'csv', 'ocsf', 'asff', 'sarif'] as const) {
      const pieces = renderedFiles(format).flatMap((file) => [...file.pieces(report, 'ab'.repeat(32))]);
      const text = pieces.join('').replaceAll('&#46;', '.');
      expect(text, format).toContain(path);
    }
    const text = renderText(report, { columns: 80, paint: plain, verbose: true });
    expect(text).toContain(`and 3 more, all in report.json and ${path}`);
    const junit = [...renderPieces('junit', report, '')].join('');
    expect(junit).toContain('5 findings: LOG_UNLISTED');
    expect(junit).toContain(`and 3 more in report.json and ${path}`);
    expect(renderVerdictLine(report)).toContain('"findings":5');
    expect([...renderPieces('html', report, '')].join('')).toContain('5 unproven');
  });

  test('put all the time between the first and the last of them in doubt', async () => {
    const gone = (hour: number): TrailEvent =>
      finding({
        code: 'LOG_MISSING',
        weight: 'violation',
        chain: ID,
        time: isoTime(at(hour)),
        object: { bucket: 'b', key: `${hour}`, uri: `s3://b/${hour}` },
        evidence: { expected: 'ab'.repeat(32), digest: 's3://b/d' },
      });
    const { report } = await reportOf(unlistedRun(0, [covered(1, 9), gone(2), gone(4), gone(8)]), 1);
    const missing = chainTimelines(report)[0]?.stretches.filter(({ state }) => state === 'missing');
    expect(missing).toEqual([
      { from: at(1), to: at(2), state: 'missing', reason: 'LOG_MISSING' },
      { from: at(3), to: at(8), state: 'missing', reason: 'LOG_MISSING' },
    ]);
  });
});

test('the schema names the bound', () => {
  const schema = JSON.parse(readFileSync('src/report/report-v1.schema.json', 'utf8'));
  expect(schema.properties.overflowFindings.description).toContain('more than 20000 of a code');
});
