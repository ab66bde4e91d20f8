import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { verdictSentence } from '../../../src/render/facts/verdict.ts';
import { coloured, plain } from '../../../src/render/text/terminal.ts';
import { keyOrigins, renderText } from '../../../src/render/text/text.ts';
import { examinedReport } from '../../support/examined-report.ts';
import { expectGolden } from '../../support/golden.ts';
import {
  ALL_CODES,
  CHAIN_ID,
  logKey,
  objectAt,
  sampleChain,
  sampleFinding,
  sampleReport,
  tamperedReport,
} from '../../support/sample-reports.ts';

const layout = {
  columns: 80,
  paint: plain,
  verbose: false,
  reportPath: 'trail-verify-20261121T030000Z/report.json',
};
const whole = { ...layout, verbose: true };
const ACCOUNTS = ['111122223333', '444455556666', '777788889999'];
const REGIONS = ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'eu-central-1'];

describe('renderText', () => {
  test('an intact trail', () => {
    expectGolden('text-valid-80.txt', renderText(sampleReport(), whole));
  });

  test.each([80, 140])('a tampered trail at %d columns', (columns) => {
    expectGolden(`text-invalid-${columns}.txt`, renderText(tamperedReport(), { ...whole, columns }));
  });

  test('who examined, for which case, and what binds the objects', () => {
    const [head = ''] = renderText(examinedReport(), whole).split('COVERAGE');
    expectGolden('text-examined-80.txt', head);
  });

  test('every finding there is, among many chains', () => {
    const chains = ACCOUNTS.flatMap((account) => REGIONS.map((region) => sampleChain(account, region)));
    const report = sampleReport(
      chains,
      ALL_CODES.map((code) => sampleFinding(code)),
      {
        source: {
          target: 's3://copy',
          kind: 's3',
          relocated: [{ from: 'example-trail-bucket', to: 'copy' }],
        },
      },
    );
    const text = renderText(report, { ...whole, columns: 100 });
    expectGolden('text-every-finding-100.txt', text);
    for (const code of ALL_CODES) expect(text).toContain(code);
    expect(text).toContain(CHAIN_ID);
  });

  test('nothing found at all', () => {
    const findings = [{ ...sampleFinding('NOTHING_VERIFIED'), object: objectAt('') }];
    const report = sampleReport([], findings, { keys: [] });
    expectGolden('text-nothing-80.txt', renderText(report, whole));
  });

  test('the verdict sentence comes first and last', () => {
    const text = renderText(tamperedReport(), { ...whole, columns: 200 });
    const sentence = verdictSentence(tamperedReport());
    expect(text.startsWith(sentence)).toBe(true);
    expect(text.trimEnd().split('\n').at(-2)).toBe(sentence);
  });

  test('every chain when verbose', () => {
    const chains = ACCOUNTS.flatMap((account) => REGIONS.map((region) => sampleChain(account, region)));
    const text = renderText(sampleReport(chains), whole);
    for (const chain of chains) expect(text).toContain(chain.id);
  });

  test('a thousand objects of a code are shown and the rest counted', () => {
    const findings = Array.from({ length: 1015 }, (_, index) =>
      sampleFinding('LOG_MISSING', logKey(`n${String(index).padStart(4, '0')}`)),
    );
    const text = renderText(sampleReport([sampleChain()], findings), whole);
    expect(text).toContain('_n0999.json.gz');
    expect(text).not.toContain('_n1000.json.gz');
    expect(text).toContain('- and 15 more, all in report.json');
    expect(text).toContain('log file missing: 1,015 violations');
  });

  test('where the keys came from', () => {
    const keyOf = (origin: string) => ({
      fingerprint: '28f6b7a2'.repeat(4),
      region: null,
      validFrom: null,
      validTo: null,
      origin,
    });
    const text = (origins: readonly string[]): string =>
      keyOrigins(sampleReport([], [], { keys: origins.map(keyOf) }));
    expect(text([])).toBe('none');
    expect(text(['keys.json', 'keys.json'])).toBe('2 public keys from keys.json');
    expect(text(['ListPublicKeys us-east-1', 'old.pem', 'ListPublicKeys eu-west-1'])).toBe(
      '3 public keys from ListPublicKeys in eu-west-1 and us-east-1, old.pem',
    );
    expect(text(Array.from({ length: 17 }, (_, index) => `ListPublicKeys region-${index}`))).toBe(
      '17 public keys from ListPublicKeys in 17 Regions',
    );
  });

  test('hostile names reach no terminal', () => {
    const evil = '\u001b[2J\u202eevil\n';
    const report = sampleReport([{ ...sampleChain(), id: evil }], [sampleFinding('LOG_UNLISTED', evil)], {
      source: { target: evil, kind: 'folder', relocated: [{ from: evil, to: evil }] },
      limits: [{ code: evil, text: evil }],
    });
    for (const verbose of [false, true]) {
      const text = renderText(report, { ...layout, verbose, reportPath: evil });
      expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
      expect(text).toContain('\\u{001b}[2J\\u{202e}evil\\n');
    }
  });

  test('colours', () => {
    const text = renderText(tamperedReport(), { ...whole, paint: coloured });
    expect(text.startsWith('\u001b[1m\u001b[31mINVALID')).toBe(true);
    const bare = stripVTControlCharacters(text);
    expect(bare).toBe(renderText(tamperedReport(), whole));
  });
});
