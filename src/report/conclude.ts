import type { Outcome } from '../findings/finding.ts';
import type { ConclusionRecord, ScopeRecord } from './examination.ts';
import { countAccepted, countFindings, type FindingsOf, verdictHeadline } from './finding-counts.ts';
import type { DigestTotals, Report } from './report.ts';

/** The result of a run, from its own counts. */
export function conclude(report: Pick<Report, 'verdict' | 'totals'> & FindingsOf): ConclusionRecord {
  const { verdict, totals } = report;
  const accepted = countAccepted(report);
  const counts = {
    findings: countFindings(report),
    digests: outcomes(totals.digests),
    logs: outcomes(totals.logs),
    ...(accepted === 0 ? {} : { accepted }),
  };
  return { verdict, sentence: `${verdictHeadline(report)}: ${clause(verdict, counts)}`, counts };
}

function outcomes({ valid, invalid, missing, unproven }: DigestTotals): Readonly<Record<Outcome, number>> {
  return { valid, invalid, missing, unproven };
}

function clause(
  verdict: Report['verdict'],
  { findings, digests, logs, accepted = 0 }: ConclusionRecord['counts'],
): string {
  const proven = `${counted(digests.valid, 'digest file')} and ${counted(logs.valid, 'log file')}`;
  const { violation, unproven } = findings;
  const borne = accepted === 0 ? '' : `, ${accepted} of which ${accepted === 1 ? 'is' : 'are'} accepted`;
  switch (verdict) {
    case 'VALID':
      if (accepted > 0)
        return `${proven} are as CloudTrail signed them; ${counted(accepted, 'finding')} of what is unproven ${accepted === 1 ? 'was' : 'were'} accepted, and no other says otherwise.`;
      return `${proven} are as CloudTrail signed them, and no finding says otherwise of anything in scope.`;
    case 'INVALID':
      return `${counted(violation, 'finding')} of violation and ${unproven} of what is unproven${borne}; ${proven} are as CloudTrail signed them.`;
    case 'INCONCLUSIVE':
      return `no finding of violation, but ${unproven} of what is unproven${borne}; ${proven} are as CloudTrail signed them.`;
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What the report is about: the statement that ISO/IEC 17025, 7.8.2.1, asks for, and the narrowing options. */
export function scopeRecord(
  report: Pick<Report, 'totals' | 'chains'>,
  asked: {
    readonly accounts?: readonly string[];
    readonly regions?: readonly string[];
    readonly trails?: readonly string[];
  },
): ScopeRecord {
  const { digests, logs } = report.totals;
  const examined = (totals: DigestTotals): number =>
    totals.valid + totals.invalid + totals.missing + totals.unproven;
  const what = `${counted(examined(digests), 'digest file')} and ${counted(examined(logs), 'log file')} of ${counted(report.chains.length, 'chain')}`;
  return {
    statement: `This report relates only to the ${what} that it counts, as its source showed them while the run lasted. Objects that no digest names, and times that no chain covers, are outside what is proven; its limits say what else is.`,
    accounts: asked.accounts ?? null,
    regions: asked.regions ?? null,
    trails: asked.trails ?? null,
  };
}
