import { expect, test } from 'vitest';
import { CATALOGUE, FINDING_CODES, findingSpan, wasInterrupted } from '../../src/findings/catalogue.ts';
import { FAILURES, type Fact, type Field, type Shape } from '../../src/findings/family.ts';
import { type Evidence, type Finding, type FindingCode, RULES } from '../../src/findings/finding.ts';

/*
 * Every code's facts, for every form that its evidence can have: each optional field there and absent, each text of a list,
 * each flag both ways, and counts of none, one and many.
 */

const SPAN = { from: '2026-11-20T01:01:31Z', to: '2026-11-20T02:01:31Z' };

function valuesOf(field: Field): readonly unknown[] {
  if (typeof field !== 'string') return field;
  switch (field) {
    case 'text':
      return ['s3://b/k'];
    case 'texts':
      return [[], ['one'], ['one', 'two']];
    case 'count':
      return [0, 1, 2_000];
    case 'flag':
      return [true, false];
    case 'span':
      return [SPAN];
    case 'failure':
      return FAILURES;
    default:
      throw new Error(`a field of an unknown kind: ${String(field)}`);
  }
}

/** Objects in which each field takes each of its values at least once, next to the first value of the others, with and without the optional ones. */
function* formsOf(shape: Shape): Generator<Readonly<Record<string, unknown>>> {
  if (shape === 'nothing') return yield {};
  if (Array.isArray(shape)) {
    for (const one of shape) yield* formsOf(one);
    return;
  }
  const fields = Object.entries(shape).map(([name, field]) => ({
    name: name.replace('?', ''),
    isOptional: name.endsWith('?'),
    // A rule's prefix is empty where it is for every key.
    values: name === 'prefix' ? ['', 'AWSLogs/'] : valuesOf(field),
  }));
  const isThere = [true, false].map((withOptional) =>
    fields.filter((one) => withOptional || !one.isOptional),
  );
  for (const chosen of isThere) {
    const first = Object.fromEntries(chosen.map(({ name, values }) => [name, values[0]]));
    yield first;
    for (const { name, values } of fields) for (const value of values) yield { ...first, [name]: value };
    for (const { name } of chosen.filter(({ isOptional }) => isOptional))
      yield { ...first, [name]: undefined };
    for (const one of fields)
      for (const other of fields)
        for (const value of one.values)
          for (const second of other.values) yield { ...first, [one.name]: value, [other.name]: second };
  }
}

function textOf(fact: Fact): string {
  return typeof fact === 'string'
    ? fact
    : fact.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('');
}

function ofCode<Code extends FindingCode>(code: Code, evidence: Evidence[Code]) {
  const { facts, span, signedHash } = CATALOGUE[code];
  return { facts: facts(evidence), span: span?.(evidence), signedHash: signedHash?.(evidence) };
}

test.each(FINDING_CODES)('%s says its facts of any evidence that it can have', (code) => {
  let forms = 0;
  for (const form of formsOf(RULES[code].evidence)) {
    forms += 1;
    // The form is made of the very shape that the type of the evidence is made of.
    const evidence = form as Evidence[typeof code];
    const { facts, span, signedHash } = ofCode(code, evidence);
    for (const fact of facts)
      if (fact !== undefined) expect(textOf(fact)).not.toMatch(/undefined|NaN|\[object|^$/);
    if (span !== undefined) expect(span).toEqual(SPAN);
    if (signedHash !== undefined) expect(signedHash).toBe('s3://b/k');
    expect(['violation', 'unproven', 'note', undefined]).toContain(RULES[code].weigh?.(evidence as never));
    const finding = { code, evidence, weight: 'unproven', object: { uri: '' } } as unknown as Finding;
    expect([SPAN, undefined]).toContainEqual(findingSpan(finding));
    expect(wasInterrupted([finding])).toBe(code === 'RUN_INTERRUPTED');
  }
  expect(forms).toBeGreaterThan(0);
});
