import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ringOf, type Scenario } from '../../../fixtures/scenario.ts';
import { fixedClock } from '../../../src/base/clock.ts';
import { coloured, plain } from '../../../src/render/text/terminal.ts';
import { renderText } from '../../../src/render/text/text.ts';
import type { Report } from '../../../src/report/report.ts';
import { verifyTrail } from '../../../src/verify-trail.ts';
import { expectGolden } from '../../support/golden.ts';
import { memorySource } from '../../support/memory-source.ts';
import { damage, ORG_REGIONS, testOrganization } from '../../support/organization.ts';
import {
  ALL_CODES,
  digestKey,
  logKey,
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

function verify({ store, targets, now, options, ...scenario }: Scenario): Promise<Report> {
  const run = { targets, clock: fixedClock(now), runId: 'test', ...options };
  return verifyTrail({ source: memorySource(store), keyRing: ringOf({ now, ...scenario }), ...run });
}

/** The lines of a screen; none of them is too wide, and they are not too many. */
function linesOf(report: Report, columns = 80): readonly string[] {
  const lines = renderText(report, { ...layout, columns })
    .trimEnd()
    .split('\n');
  expect(lines.length).toBeLessThanOrEqual(40);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(columns);
  return lines;
}

describe('the first screen', () => {
  test('of an intact trail, of a tampered one, and of nothing', () => {
    expectGolden('screen-valid-80.txt', renderText(sampleReport(), layout));
    expectGolden('screen-invalid-80.txt', renderText(tamperedReport(), layout));
    linesOf(tamperedReport());
    expect(linesOf(sampleReport()).length).toBeLessThanOrEqual(24);
  });

  test('of an organization: one late hour in all chains is one cause, and damage shows its places', async () => {
    const late = testOrganization();
    const report = await verify(late.scenario);
    expectGolden('screen-organization-late-80.txt', renderText(report, layout));
    linesOf(report);
    damage(late);
    const damaged = await verify(late.scenario);
    expectGolden('screen-organization-damaged-80.txt', renderText(damaged, layout));
    linesOf(damaged);
  });

  test('fits with every finding there is, at any width', () => {
    const report = sampleReport(
      [sampleChain()],
      ALL_CODES.map((code) => sampleFinding(code)),
    );
    for (const columns of [80, 100, 200]) linesOf(report, columns);
  });

  test.each([40, 60, 80])('is nowhere wider than %i columns, but for what is copied whole', (columns) => {
    const all = sampleReport(
      [sampleChain(), sampleChain('444455556666')],
      ALL_CODES.map((code) => sampleFinding(code)),
    );
    const unproven = sampleReport([sampleChain()], [sampleFinding('CHAIN_STARTS_LATE')]);
    const many = ['111122223333', '444455556666', '777788889999'].flatMap((account) =>
      ORG_REGIONS.map((region) => sampleChain(account, region)),
    );
    const chain = many[3]?.id;
    const matrix = sampleReport(many, [
      { ...sampleFinding('LOG_MISSING'), chain },
      { ...sampleFinding('LOG_UNREADABLE'), chain: many[12]?.id },
    ]);
    const refused = { code: 'LISTING_REFUSED', text: 'refused' } as const;
    const limited = { ...sampleReport(), limits: [...sampleReport().limits, refused] };
    const written = {
      reportPath: 'out/report.json',
      reportSha256: 'a'.repeat(64),
      signedBy: ['signed by CN=somebody with a name of several words (rsa-pss-sha256) of this machine'],
    };
    for (const report of [all, unproven, matrix, limited, sampleReport([]), tamperedReport(), sampleReport()])
      for (const paint of [plain, coloured]) {
        const text = stripVTControlCharacters(renderText(report, { ...layout, ...written, columns, paint }));
        const wide = text.split('\n').filter((line) => line.length > columns);
        // A name, or a field of JSON: a break would be a part of it.
        expect(wide.filter((line) => !/^ *(\S+|(\[\{)?"\w+": ".*"(,|\}\])?)$/.test(line))).toEqual([]);
      }
  });

  test('shows fifteen rows at most, the worst first, and counts the others', () => {
    const accounts = Array.from({ length: 60 }, (_, index) => String(111_122_220_000 + index));
    const regions = Array.from({ length: 40 }, (_, index) => `eu-west-${index}`);
    const chains = accounts.flatMap((account) => regions.map((region) => sampleChain(account, region)));
    // Each account lacks something in another set of Regions, so that no two rows are alike.
    const findings = accounts.flatMap((account, index) =>
      regions
        .filter((_, at) => ((index + 1) >> at) & 1)
        .map((region) => ({
          ...sampleFinding('LOG_MISSING', logKey('a', account, region)),
          chain: `${account}/${region}/management@us-east-1`,
        })),
    );
    const lines = linesOf(sampleReport(chains, findings));
    const rows = lines.filter((line) => /^ {2}\d{12} /.test(line));
    expect(rows).toHaveLength(15);
    const bad = rows.map((row) => row.split('!!').length - 1);
    expect(bad).toEqual([...bad].sort((a, b) => b - a));
    expect(lines).toContain('  and 45 more accounts and 24 more Regions, of 60 accounts in 40 Regions');
  });

  test('a matrix of places that are all proven is one line', () => {
    const chains = ['111122223333', '444455556666'].flatMap((account) =>
      ORG_REGIONS.map((region) => sampleChain(account, region)),
    );
    expect(linesOf(sampleReport(chains))).toContain('  ok  all 16 places: 2 accounts in 8 Regions');
  });

  test('violations are red, what is unproven is amber, what is proven is green, each with its sign', () => {
    const chains = [sampleChain(), sampleChain('444455556666'), sampleChain('777788889999')];
    const findings = [
      sampleFinding('LOG_MISSING'),
      { ...sampleFinding('LOG_UNREADABLE'), chain: chains[1]?.id },
    ];
    const text = renderText(sampleReport(chains, findings), { ...layout, paint: coloured });
    expect(text).toContain('\u001b[1m\u001b[31m!!\u001b[39m\u001b[22m  111122223333/');
    expect(text).toContain('\u001b[1m\u001b[33m?\u001b[39m\u001b[22m   444455556666/');
    expect(text).toContain('\u001b[1m\u001b[32mok\u001b[39m\u001b[22m  777788889999/');
    expect(text).toContain('\u001b[1m\u001b[31mLOG_MISSING\u001b[39m');
    expect(text).toContain('\u001b[1m\u001b[33mLOG_UNREADABLE\u001b[39m');
    expect(stripVTControlCharacters(text)).toBe(renderText(sampleReport(chains, findings), layout));
  });

  test('the share of an open window says of what, and limits are one line', () => {
    const report = sampleReport();
    const requested = { ...report.window.requested, from: null };
    const text = renderText({ ...report, window: { ...report.window, requested } }, layout);
    expect(text.replaceAll('\n', ' ')).toContain("Proven: 100 % since each chain's first digest.");
    expect(text).toContain('Not checked: 1 limit. They, every chain and every finding: --verbose.\n');
  });

  test('where the share is not known, it says why', () => {
    const text = renderText(sampleReport([sampleChain()], [sampleFinding('RUN_INTERRUPTED')]), layout);
    expect(text.replaceAll('\n', ' ')).toContain('Proven share: not known, for the run ended early.');
  });

  test('a long address among the keys is not parted where it fits on a line', () => {
    const [key] = sampleReport().keys;
    const foreign = 'http://emulator.example.test:4566/a/long/path';
    if (key === undefined) throw new Error('the sample has a key');
    const report = sampleReport(undefined, [], {
      keys: [{ ...key, trusted: false, endpoint: foreign }],
    });
    const lines = renderText(report, layout).split('\n');
    expect(lines.filter((line) => line.includes(foreign))).toHaveLength(1);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('recover is named where a version is intact', () => {
    const finding = sampleFinding('LOG_MISSING', digestKey(3));
    const history = {
      act: 'deleted',
      versions: 2,
      compared: 1,
      unread: 0,
      intact: { versionId: 'v' },
    } as const;
    const text = renderText(sampleReport([sampleChain()], [{ ...finding, history }]), layout);
    expect(text).toContain(`trail-verify recover ${layout.reportPath} FOLDER`);
    expect(renderText(sampleReport([sampleChain()], [finding]), layout)).not.toContain('recover');
  });
});
