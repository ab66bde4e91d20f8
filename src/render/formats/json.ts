import { asciiJson } from '../../base/json.ts';
import type { TrailEvent } from '../../findings/event.ts';
import { countAccepted, countAll } from '../../report/findings-beyond.ts';
import type { Report } from '../../report/report.ts';

export { asciiJson };

/**
 * `report.json` piece by piece, so that a report with a million findings needs no string of its full length:
 * two-space indentation, `\n` line ends, ASCII only, a newline at the end.
 */
export function* jsonPieces(report: Report): Generator<string> {
  let before = '{\n';
  for (const [name, value] of Object.entries(report)) {
    if (value === undefined) continue;
    yield `${before}  ${asciiJson(name)}: `;
    before = ',\n';
    if (Array.isArray(value) && value.length > 0) yield* arrayPieces(value);
    else yield indented(value, '  ');
  }
  yield '\n}\n';
}

function* arrayPieces(values: readonly unknown[]): Generator<string> {
  let before = '[\n';
  for (const value of values) {
    yield `${before}    ${indented(value, '    ')}`;
    before = ',\n';
  }
  yield '\n  ]';
}

function indented(value: unknown, margin: string): string {
  return asciiJson(value, 2).replaceAll('\n', `\n${margin}`);
}

/** The whole of `report.json` as one string: the same as `JSON.stringify(report, null, 2)`, in ASCII. */
export function renderJson(report: Report): string {
  return [...jsonPieces(report)].join('');
}

/** The fields of an event that are times; they leave as ISO 8601 in UTC, as in the report. */
const TIME_FIELDS: ReadonlySet<string> = new Set(['at', 'from', 'to']);

function timesAsText(name: string, value: unknown): unknown {
  return typeof value === 'number' && TIME_FIELDS.has(name) ? new Date(value).toISOString() : value;
}

/** One event as one line of JSON, with its newline; `progress` events, which only a display needs, give ''. */
export function renderEventLine(event: TrailEvent): string {
  if (event.type === 'progress') return '';
  return `${asciiJson(JSON.parse(JSON.stringify(event, timesAsText)))}\n`;
}

/** The last line of a stream of events: the verdict, the window, the totals and where the report was written. */
export function renderVerdictLine(report: Report, reportPath?: string): string {
  const { verdict, run, window, totals } = report;
  const accepted = countAccepted(report);
  return `${asciiJson({
    type: 'report',
    verdict,
    run: run.id,
    window,
    totals,
    queryResults: report.lake?.totals,
    findings: countAll(report),
    accepted: accepted === 0 ? undefined : accepted,
    report: reportPath,
  })}\n`;
}
