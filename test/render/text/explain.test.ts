import { describe, expect, test } from 'vitest';
import { CATALOGUE, FINDING_CODES, isFindingCode } from '../../../src/findings/catalogue.ts';
import { renderCatalogue, renderExplanation, renderFindingsTable } from '../../../src/render/text/explain.ts';
import { plain } from '../../../src/render/text/terminal.ts';
import { expectGolden } from '../../support/golden.ts';

describe('explain', () => {
  test('one code', () => {
    expectGolden('explain-chain-ends-early.txt', renderExplanation('CHAIN_ENDS_EARLY', 80, plain));
  });

  test('every code, one a line', () => {
    const lines = renderCatalogue().trimEnd().split('\n');
    expect(lines.slice(1).map((line) => line.split(/\s+/)[0])).toEqual(Object.keys(CATALOGUE));
  });

  test('knows its codes', () => {
    expect(FINDING_CODES.every(isFindingCode)).toBe(true);
    expect(isFindingCode('toString')).toBe(false);
  });
});

test('the findings table has a row of three cells for every code', () => {
  const rows = renderFindingsTable().trimEnd().split('\n').slice(2);
  expect(rows).toHaveLength(FINDING_CODES.length);
  for (const row of rows) expect(row.replaceAll('\\|', '').split('|')).toHaveLength(5);
});
