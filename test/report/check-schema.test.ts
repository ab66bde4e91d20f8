import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schemaProblem } from '../../src/report/check-schema.ts';
import {
  ALL_CODES,
  sampleChain,
  sampleFinding,
  sampleReport,
  tamperedReport,
} from '../support/sample-reports.ts';

const file = new URL('../../src/report/report-v1.schema.json', import.meta.url);
const schema: unknown = JSON.parse(readFileSync(file, 'utf8'));
const validate = new Ajv2020({ strict: true }).compile(schema as object);

/** What a report would be as a file: JSON drops what is undefined. */
function asFile(report: unknown): unknown {
  return JSON.parse(JSON.stringify(report));
}

const everything = asFile(
  sampleReport(
    [{ ...sampleChain(), organization: 'o-exampleorgid' }],
    ALL_CODES.map((code) => sampleFinding(code)),
  ),
);

describe('schemaProblem', () => {
  test('takes reports of every kind', () => {
    expect(schemaProblem(schema, everything)).toBeUndefined();
    expect(schemaProblem(schema, asFile(tamperedReport()))).toBeUndefined();
  });

  test.each([
    ['another schema', { schema: 'trail-verify/report/v2' }, '.schema: is not "trail-verify/report/v1"'],
    ['no limits', { limits: [] }, '.limits: has fewer than 1 items'],
    ['another verdict', { verdict: 'FINE' }, '.verdict: "FINE" is none of the known values'],
    ['one property more', { comment: 'hello' }, '."comment": is not a property of such an object'],
    ['a list in place of an object', { run: [] }, '.run: is not object'],
    ['a missing section', { totals: undefined }, ': has no "totals"'],
    [
      'a bad time',
      { window: { ...sampleReport().window, verifiedThrough: 'noon' } },
      '.window.verifiedThrough',
    ],
  ])('refuses %s, and says where', (_name, change, problem) => {
    expect(schemaProblem(schema, asFile({ ...sampleReport(), ...change }))).toContain(problem);
  });

  test('says the same as ajv, whatever is changed in a report', () => {
    const places = pathsOf(everything);
    const junk = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(-1, 1.5, '', null, '2026-11-20T00:00:00Z', 'note', 2 ** 53),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), junk, (place, value) => {
        const changed = withChange(everything, place, value);
        // JSON Schema takes any integer; this project takes none that JavaScript cannot count with.
        if (Number.isInteger(value) && !Number.isSafeInteger(value)) return;
        expect(schemaProblem(schema, changed) === undefined).toBe(validate(changed));
      }),
      { numRuns: 3000 },
    );
  });

  test('an alternative must fit once', () => {
    const either = { oneOf: [{ type: 'integer' }, { minimum: 3 }] };
    expect(schemaProblem(either, 1)).toBeUndefined();
    expect(schemaProblem(either, 5)).toBe(': fits more than one form');
    expect(schemaProblem({ anyOf: [{ type: 'string', minLength: 2 }, { maximum: 3 }] }, 'x')).toBeUndefined();
    expect(schemaProblem({ anyOf: [{ type: 'string', minLength: 2 }, { type: 'null' }] }, 'x')).toBe(
      ': is too short',
    );
    expect(schemaProblem({ type: 'array', maxItems: 1, items: true }, [1, 2])).toBe(
      ': has more than 1 items',
    );
    expect(schemaProblem({ maximum: 3 }, 4)).toBe(': is more than 3');
  });

  test('inherited names are no properties', () => {
    expect(schemaProblem({ required: ['toString'] }, {})).toBe(': has no "toString"');
    expect(
      schemaProblem({ properties: {}, additionalProperties: false }, JSON.parse('{"__proto__":1}')),
    ).toContain('__proto__');
  });

  test('a schema with a keyword it does not know is refused, not passed over', () => {
    expect(() => schemaProblem({ items: { multipleOf: 2 } }, [3])).toThrow('multipleOf');
    expect(() => schemaProblem({ constructor: 1 }, 3)).toThrow('constructor');
    expect(() => schemaProblem(null, 3)).toThrow('cannot be checked');
    expect(() => schemaProblem({ $ref: '#/$defs/absent' }, 3)).toThrow('cannot be checked');
  });
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))];
}

function withChange(value: unknown, [first, ...rest]: Path, change: unknown): unknown {
  if (first === undefined) return change;
  const copy: Record<string | number, unknown> = Array.isArray(value) ? [...value] : { ...Object(value) };
  copy[first] = withChange(copy[first], rest, change);
  return copy;
}
