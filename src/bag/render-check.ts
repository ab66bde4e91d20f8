import { isoTime } from '../base/clock.ts';
import { escapeTerminal } from '../render/escape.ts';
import { foreignOrigins } from '../render/facts/endpoints.ts';
import { countOf } from '../render/words.ts';
import { countAccepted, verdictHeadline } from '../report/finding-counts.ts';
import type { BagCheck } from './check.ts';

/** The last line of a check, without its end: where no keys were given, the same as that of `verify.sh`, which takes none. */
export function bagConclusion({ conclusion, problems, report, keysGiven }: BagCheck): string {
  switch (conclusion) {
    case 'REFUSED':
      return 'REFUSED: this bag is not what a trusted signer signed, or contradicts itself';
    case 'VALID':
      return `${validBag(report)}${keysGiven ? '' : " (that its keys are AWS's is the signer's word)"}`;
    case 'INVALID':
      return "INVALID: this bag is as it was signed; its report found evidence that contradicts AWS's signatures";
    case 'INCONCLUSIVE':
      return problems.length > 0
        ? `INCONCLUSIVE: this bag is not proven; its report says ${report?.verdict ?? ''}`
        : 'INCONCLUSIVE: this bag is as it was signed; its report leaves something unproven';
  }
}

function validBag(report: BagCheck['report']): string {
  if (report !== undefined && countAccepted(report) > 0)
    return `${verdictHeadline(report)}: this bag is as it was signed; its report found all else as AWS signed it`;
  return 'VALID: this bag is as it was signed; its report found everything as AWS signed it';
}

/** Problems shown of each weight, so that a bag with a million changed files says so in a page. */
const MOST_PROBLEMS = 50;

/** What a check of a bag came to, line by line, harmless for a terminal; the conclusion is the last. */
export function renderBagCheck(check: BagCheck): string {
  const { problems, report, signature, keysGiven, files, digests, logs, uncovered } = check;
  const lines: string[] = [];
  for (const [weight, mark] of [
    ['violation', 'FAIL'],
    ['unproven', 'SKIP'],
  ] as const) {
    const texts = problems.filter((problem) => problem.weight === weight).map(({ text }) => text);
    lines.push(...texts.slice(0, MOST_PROBLEMS).map((text) => `${mark}  ${escapeTerminal(text)}`));
    if (texts.length > MOST_PROBLEMS) lines.push(`${mark}  and ${texts.length - MOST_PROBLEMS} more`);
  }
  const { signed, timestamp } = signature;
  if (timestamp !== undefined)
    lines.push(
      `      signed before ${isoTime(timestamp.time)}, as ${escapeTerminal(timestamp.signer.name)} confirms`,
    );
  if (signed !== undefined) {
    const { name, fingerprint } = signed.signer;
    lines.push(`      report.json as ${escapeTerminal(name)} (certificate SHA-256 ${fingerprint}) signed it`);
  }
  for (const origin of foreignOrigins(report))
    lines.push(`      public keys from ${escapeTerminal(origin)}, which is not AWS's`);
  if (!keysGiven)
    lines.push(
      "      public keys are the word of the report's signer, not held against another source (give --keys)",
    );
  lines.push(`      ${countOf(files.payload, 'file')} of evidence and ${files.tag} around them named`);
  if (uncovered.length > 0) lines.push(`NOTE  not covered by the signature: ${uncovered.join(', ')}`);
  lines.push(
    `      ${countOf(digests.checked, 'digest file')}: ${digests.proven} proven by AWS's signatures, ${digests.contradicting} contradicted`,
  );
  lines.push(
    logs === undefined
      ? '      no log files: what the report says of them rests on its signature'
      : `      ${countOf(logs.checked, 'log file')}: ${logs.agreeing} as AWS's digests recorded them, ${logs.contradicting} not`,
  );
  return `${[...lines, bagConclusion(check)].join('\n')}\n`;
}
