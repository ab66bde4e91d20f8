import { HOUR, isoTime } from '../../src/base/clock.ts';
import type { Finding, FindingCode } from '../../src/findings/finding.ts';
import { FindingTally } from '../../src/report/findings-beyond.ts';
import type { ChainReport, Report, UncoveredSpan } from '../../src/report/report.ts';
import { digestKey, logKey, sampleChain, sampleFinding, sampleReport } from './sample-reports.ts';

/** A report of an organization, for trying renderings: 20 accounts by 8 Regions, of which a few are tampered with. */

const REGIONS = [
  'us-east-1',
  'us-east-2',
  'us-west-2',
  'eu-west-1',
  'eu-central-1',
  'ap-northeast-1',
  'ap-southeast-2',
  'sa-east-1',
];
const ACCOUNTS = Array.from({ length: 20 }, (_, index) => String(100_000_000_001 + index * 7_000_001));
const BEGIN = Date.parse('2026-11-20T00:01:31Z');

/** What was done, to how many of the places, in shares of all findings but the late beginnings. */
const DAMAGE: readonly (readonly [code: FindingCode, places: number, share: number])[] = [
  ['LOG_MODIFIED', 3, 0.3],
  ['LOG_MISSING', 5, 0.25],
  ['LOG_UNREADABLE', 8, 0.2],
  ['LOG_UNLISTED', 2, 0.1],
  ['DIGEST_MISSING', 4, 0.08],
  ['LINK_HASH_MISMATCH', 4, 0.05],
  ['OBJECT_UNRECOGNIZED', 1, 0.02],
];

/** Findings of one code that a report names; the rest is counted, as in a real one. */
const MOST_NAMED = 20_000;

/** Its report with `count` findings, 160 of which are that every chain begins an hour late. */
export function organizationReport(count = 1000): Report {
  const chains = ACCOUNTS.flatMap((account) => REGIONS.map((region) => lateChain(account, region)));
  const uncovered = chains.map(
    ({ id }): UncoveredSpan => ({
      from: isoTime(BEGIN - HOUR),
      to: isoTime(BEGIN),
      chain: id,
      reason: 'CHAIN_STARTS_LATE',
    }),
  );
  const late = chains.map(
    ({ id, account, region }): Finding => ({
      code: 'CHAIN_STARTS_LATE',
      weight: 'unproven',
      object: sampleFinding('CHAIN_STARTS_LATE', digestKey(0, account, region)).object,
      chain: id,
      time: isoTime(BEGIN),
      evidence: { uncovered: { from: isoTime(BEGIN - HOUR), to: isoTime(BEGIN) } },
    }),
  );
  const left = count - late.length;
  const damage = DAMAGE.flatMap(([code, places, share]) =>
    Array.from({ length: Math.round(left * share) }, (_, index) => {
      const chain = chains[((index % places) * 37 + 5) % chains.length];
      if (chain === undefined) throw new RangeError('there are fewer places');
      return damaged(code, chain, index);
    }),
  );
  const named: Finding[] = [];
  const beyond = new FindingTally();
  const byCode = new Map<FindingCode, number>();
  for (const finding of [...late, ...damage]) {
    const already = byCode.get(finding.code) ?? 0;
    byCode.set(finding.code, already + 1);
    if (already < MOST_NAMED) named.push(finding);
    else beyond.add(finding);
  }
  const lines = late.length + damage.length - named.length;
  const overflow = { path: 'findings.jsonl.gz', sha256: 'f7'.repeat(32), lines, counts: beyond.counts() };
  const report = sampleReport(chains, named, lines === 0 ? {} : { overflowFindings: overflow });
  return {
    ...report,
    window: {
      ...report.window,
      requested: { from: isoTime(BEGIN - HOUR), to: isoTime(BEGIN + 24 * HOUR) },
      uncovered,
    },
  };
}

function lateChain(account: string, region: string): ChainReport {
  const covered = { from: isoTime(BEGIN), to: isoTime(BEGIN + 24 * HOUR) };
  return { ...sampleChain(account, region), covered: [covered], first: covered.from, last: covered.to };
}

function damaged(code: FindingCode, { id, account, region }: ChainReport, index: number): Finding {
  const suffix = index.toString(36).padStart(16, '0');
  const key = code.startsWith('LOG_')
    ? logKey(suffix, account, region)
    : digestKey(index % 24, account, region).replace('Z.json', `Z_${suffix}.json`);
  return { ...sampleFinding(code, key), chain: id, time: isoTime(BEGIN + ((index % 23) + 1) * HOUR) };
}
