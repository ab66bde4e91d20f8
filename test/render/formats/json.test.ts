import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asciiJson, renderJson } from '../../../src/render/formats/json.ts';
import { sampleReport, tamperedReport } from '../../support/sample-reports.ts';

describe('asciiJson', () => {
  test('is ASCII, and the same value to any reader', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const json = asciiJson({ value, text });
        expect(json).toMatch(/^[ -~]*$/);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
      }),
    );
  });
});

describe('renderJson', () => {
  test.each([
    ['intact', sampleReport()],
    ['tampered', tamperedReport()],
    ['empty', sampleReport([], [], { keys: [] })],
  ])('%s: the same as JSON.stringify with two spaces, in ASCII', (_name, report) => {
    const text = renderJson(report);
    expect(
      text.replaceAll(/\\u([0-9a-f]{4})/g, (_, unit) => String.fromCharCode(Number.parseInt(unit, 16))),
    ).toBe(`${JSON.stringify(report, null, 2)}\n`);
    expect(text).toMatch(/^[ -~\n]*$/);
  });
});
