import { isoTime } from '../base/clock.ts';
import { foreignOrigins } from '../render/facts/endpoints.ts';
import { verdictHeadline } from '../report/finding-counts.ts';
import type { ReportCheck } from './check-report.ts';

/**
 * What a check of a signed report came to, in one line without its end: the verdict, then who signed and when, or what is
 * wrong. Not escaped: names in it are those of certificates.
 */
export function renderReportCheck(check: ReportCheck, name: string): string {
  const { verdict, problems, report, signed, timestamp, bundleAgrees } = check;
  const says = report === undefined ? '' : `; the report says ${verdictHeadline(report)}`;
  if (verdict !== 'VALID') {
    // What shows forgery first; what is merely unproven adds nothing to it.
    const heaviest = verdict === 'INVALID' ? 'violation' : 'unproven';
    const texts = problems.filter(({ weight }) => weight === heaviest).map(({ text }) => text);
    const [first = '', ...others] = verdict === 'INVALID' ? texts.slice(0, MOST_PROBLEMS) : texts;
    const left = texts.length - 1 - others.length;
    const more = left === 0 ? [] : [`and ${left} more`];
    return `${verdict}: ${name}: ${[first, ...others, ...more].join('; ')}`;
  }
  const who =
    signed === undefined ? '' : `${signed.signer.name} (certificate SHA-256 ${signed.signer.fingerprint})`;
  const claimed =
    signed?.signingTime === undefined ? '' : `, ${isoTime(signed.signingTime)} by the signer's own clock`;
  const when =
    timestamp === undefined
      ? `${claimed} (no timestamp)`
      : `, before ${isoTime(timestamp.time)} as ${timestamp.signer.name} confirms`;
  const bundle = bundleAgrees === true ? '; the Sigstore bundle says the same' : '';
  const foreign = foreignOrigins(report);
  const keys =
    foreign.length === 0 ? '' : `; its public keys are not AWS's but those of ${foreign.join(', ')}`;
  return `VALID: ${name} is as ${who} signed it${when}${says}${keys}${bundle}`;
}

const MOST_PROBLEMS = 5;
