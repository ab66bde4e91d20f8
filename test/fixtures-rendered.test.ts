/** Whatever a run finds, its report is one that our own reader takes, agrees with itself, and renders in every form. */
import { describe, expect, test } from 'vitest';
import { ringOf } from '../fixtures/scenario.ts';
import { loadScenarios } from '../fixtures/scenarios.ts';
import { fixedClock } from '../src/base/clock.ts';
import { reportSha256 } from '../src/render/facts/report.ts';
import { renderJson } from '../src/render/formats/json.ts';
import { RENDER_FORMATS, renderedFiles } from '../src/render/rendering.ts';
import { plain } from '../src/render/text/terminal.ts';
import { renderText } from '../src/render/text/text.ts';
import type { ExaminationFacts } from '../src/report/report.ts';
import { readReport } from '../src/report/report-schema.ts';
import { inconsistenciesOf } from '../src/signed/consistency.ts';
import { verifyTrail } from '../src/verify-trail.ts';
import { examinedReport } from './support/examined-report.ts';
import { memoryLines } from './support/memory-lines.ts';
import { memorySource } from './support/memory-source.ts';

/** What a caller may know of a run, all of it. */
function allFacts(): ExaminationFacts {
  const { caseRef, supersedes, examiner, inputs, trail, signing } = examinedReport();
  return {
    ...(caseRef && { caseRef }),
    ...(supersedes && { supersedes }),
    ...(examiner && { examiner }),
    ...inputs,
    ...(trail && { trail: trail.description }),
    ...(signing && { signing }),
    buildDigest: null,
    dependencies: { example: '1.0.0' },
    clock: 'machine',
    elapsed: () => 1234.5,
  };
}

describe('the report of every scenario', async () => {
  test.each(await loadScenarios())('$name', async ({ build, outcome }) => {
    const scenario = build();
    const inventory = memoryLines();
    const report = await verifyTrail({
      source: memorySource(scenario.store, { versions: true }),
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      ...scenario.options,
      inventory,
      facts: allFacts(),
    });
    const bytes = Buffer.from(renderJson(report), 'latin1');
    expect([...bytes].every((byte) => byte < 128)).toBe(true);
    const read = readReport(bytes, 'report.json');
    expect(read.report).toEqual(report);
    expect(read.sha256).toBe(reportSha256(report));
    expect(inconsistenciesOf(read.report)).toEqual([]);
    expect(report.objects?.inventory.lines).toBe(inventory.text()?.split('\n').slice(0, -1).length);
    for (const format of RENDER_FORMATS) {
      const files = renderedFiles(format);
      const text = files.flatMap(({ pieces }) => [...pieces(read.report, read.sha256)]).join('');
      expect(text).toContain(read.sha256);
      // OCSF has words of its own for a verdict.
      if (format !== 'ocsf') expect(text).toContain(outcome.verdict);
    }
    const text = renderText(read.report, { columns: 80, paint: plain, verbose: true });
    expect(text.startsWith(outcome.verdict)).toBe(true);
  });
});
