import type { AcceptanceReport, Report } from '../../report/report.ts';
import { countOf } from '../words.ts';

/** What became of one acceptance, as one short phrase. */
export function acceptanceOutcome({ status, findings, violations, expires }: AcceptanceReport): string {
  const stays =
    violations === 0
      ? ''
      : `; ${countOf(violations, 'violation')} that ${violations === 1 ? 'fits' : 'fit'} cannot be accepted and ${violations === 1 ? 'stays' : 'stay'}`;
  switch (status) {
    case 'applied':
      return `accepts ${countOf(findings, 'finding')} until ${expires}${stays}`;
    case 'expired':
      return `expired ${expires}: ${countOf(findings, 'finding')} that it would accept ${findings === 1 ? 'stays' : 'stay'} open${stays}`;
    case 'unmatched':
      return `accepts nothing: no unproven finding fits${stays}`;
  }
}

/** What an acceptance is about: code, object, chain and window; not escaped. */
export function acceptanceSubject({ code, object, chain, window }: AcceptanceReport): string {
  const parts: string[] = [code];
  if (object !== undefined) parts.push(`of ${object}`);
  if (chain !== undefined) parts.push(`in ${chain}`);
  if (window !== undefined) parts.push(`from ${window.from ?? 'any time'} to ${window.to ?? 'any time'}`);
  return parts.join(' ');
}

/** Who accepts it and why; not escaped. */
export function acceptanceReason({ acceptedBy, reason }: AcceptanceReport): string {
  return `${acceptedBy}: ${reason}`;
}

/** A sentence for every acceptance that a reader must act on: expired, fitting nothing, or fitting violations; not escaped. */
export function acceptanceWarnings(report: Report): readonly string[] {
  return (report.acceptances ?? [])
    .filter(({ status, violations }) => status !== 'applied' || violations > 0)
    .map((acceptance) => `acceptance "${acceptance.name}" ${acceptanceOutcome(acceptance)}`);
}

/** Whether an acceptance needs no second look. */
export function isQuiet({ status, violations }: AcceptanceReport): boolean {
  return status === 'applied' && violations === 0;
}
