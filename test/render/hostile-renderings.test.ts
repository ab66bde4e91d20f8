/** Words of others in every form that a report or a diagnosis has: each form shows them, and none acts on them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/doctor/diagnose.ts';
import { DIAGNOSIS_FORMATS, renderDiagnosis } from '../../src/doctor/render.ts';
import { renderMarkdown } from '../../src/render/formats/markdown.ts';
import { RENDER_FORMATS, renderPieces } from '../../src/render/rendering.ts';
import { renderGaps } from '../../src/render/text/explain.ts';
import { plain, renderWrittenSection } from '../../src/render/text/terminal.ts';
import { renderText, renderVerdict } from '../../src/render/text/text.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import { reportWithNames } from '../support/report-with-names.ts';

const SHA256 = '5a'.repeat(32);
const LAYOUT = { columns: 100, paint: plain, verbose: true, signedBy: HOSTILE_NAMES };
/** What no form may hold: controls but for the line end, bidirectional and invisible characters, other line ends, half characters. */
const RAW = /[^\n -~\p{L}\p{M}\p{N}\p{P}\p{S}]/u;
/** Around a name, so that what became of it is found in a rendering. */
const BEGIN = 'QQ';
const END = 'ZZ';

function diagnosisWith(name: string): Diagnosis {
  const check = {
    id: name,
    control: name,
    title: name,
    resource: name,
    detail: name,
    advice: name,
    supports: [name],
  };
  return {
    schema: 'trail-verify/doctor/v1',
    target: name,
    time: '2026-11-21T03:00:00.000Z',
    verdict: 'FAILED',
    counts: { pass: 0, fail: 1, unknown: 1, note: 0 },
    checks: [
      { ...check, result: 'fail', ignored: false },
      { ...check, result: 'unknown', ignored: true },
    ],
    missingPermissions: [],
  };
}

/** What a form made of the names between their marks; at least one, or the test would prove nothing. */
function shown(text: string): readonly string[] {
  const names = [...text.matchAll(/QQ(.*?)ZZ/gs)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(0);
  return names;
}

function expectNoMarkdown(text: string): void {
  expect(text).not.toMatch(RAW);
  // What a sentence or a path may hold; no mark of Markdown, HTML, a mention or a formula.
  // A mention is none in a code span.
  for (const name of shown(text.replace(/`QQ[^`@]*(?:@[^`@]*)+`/g, (span) => span.replaceAll('@', ''))))
    expect(name.replace(/&#\d+;/g, '')).not.toMatch(/[!"#$&*<>?@[\\\]^`{|}~\n]|https?:\/\/|www\./i);
}

const marked = (name: string): string => BEGIN + name.replaceAll(END, '') + END;

describe('a report with hostile names in every place', () => {
  const report = reportWithNames(HOSTILE_NAMES.map(marked));

  test.each(RENDER_FORMATS)('as %s holds no character that a screen acts on or hides', (format) => {
    const text = [...renderPieces(format, report, SHA256)].join('');
    expect(text).toContain(BEGIN);
    expect(text.replaceAll('\r\n', '\n')).not.toMatch(RAW);
  });

  test('as text, verdict and story of its gaps, too', () => {
    for (const text of [
      renderText(report, LAYOUT),
      renderVerdict(report, LAYOUT),
      renderGaps(report, LAYOUT),
    ])
      expect(text).not.toMatch(RAW);
  });

  test('as Markdown shows every name by letters, digits and entities alone', () => {
    expectNoMarkdown(renderMarkdown(report, SHA256));
    expectNoMarkdown(renderWrittenSection(HOSTILE_NAMES.map(marked)));
    for (const name of HOSTILE_NAMES)
      expectNoMarkdown(renderDiagnosis(diagnosisWith(marked(name)), 'markdown'));
  });
});

test('whatever a name is, Markdown and the job summary are made of it by nobody', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 3 }),
      (names) => {
        expectNoMarkdown(renderMarkdown(reportWithNames(names.map(marked)), SHA256));
        expectNoMarkdown(renderWrittenSection(names.map(marked)));
      },
    ),
    { numRuns: 100 },
  );
});

describe('a diagnosis with hostile words in every place', () => {
  test.each(DIAGNOSIS_FORMATS)('as %s holds no character that a screen acts on or hides', (format) => {
    for (const name of HOSTILE_NAMES) {
      const text = renderDiagnosis(diagnosisWith(marked(name)), format);
      expect(text).toContain(BEGIN);
      expect(text.replaceAll('\r\n', '\n')).not.toMatch(RAW);
    }
  });

  test('as SARIF has no Markdown in its messages', () => {
    for (const name of HOSTILE_NAMES) {
      const [run] = JSON.parse(renderDiagnosis(diagnosisWith(marked(name)), 'sarif')).runs;
      for (const { message } of run.results) {
        expect(message.text).not.toMatch(/(?<!\\)(?:\\\\)*[[\]]/);
        expect(message.text).not.toMatch(/[`*<>&~@#$|]|https?:/);
      }
      for (const { shortDescription } of run.tool.driver.rules)
        expect(shortDescription.text).not.toMatch(/[`*<>&~@#$|]|https?:/);
    }
  });
});
