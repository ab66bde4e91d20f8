import { asciiJson } from '../../base/json.ts';
import type { Report } from '../../report/report.ts';

export { asciiJson };

/**
 * `report.json` piece by piece, so that a report with a million findings needs no string of its full length:
 * two-space indentation, `\n` line ends, ASCII only, a newline at the end.
 */
export function* jsonPieces(report: Report): Generator<string> {
  let before = '{\n';
  for (const [name, value] of Object.entries(report)) {
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
