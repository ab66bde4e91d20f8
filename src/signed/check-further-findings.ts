import { createHash } from 'node:crypto';
import { malformed } from '../base/errors.ts';
import { asciiJson } from '../base/json.ts';
import type { Finding } from '../findings/finding.ts';
import { FindingTally } from '../report/finding-counts.ts';
import { inflate } from '../report/inflate.ts';
import { linesOf } from '../report/lines.ts';
import { LONGEST_FINDING } from '../report/named-findings.ts';
import type { FurtherFindings, Report } from '../report/report.ts';
import { checkBesideFile } from './beside.ts';
import type { OpenBeside } from './check-report.ts';
import type { ReportProblem } from './problems.ts';

/** Whether the further findings beside a report are those that it counts. A report that counts none has none to check. */
export async function checkFurtherFindings(
  { furtherFindings }: Report,
  open: OpenBeside,
): Promise<readonly ReportProblem[]> {
  if (furtherFindings === undefined) return [];
  const { path } = furtherFindings;
  const what = `file ${path} of further findings that the report counts`;
  return checkBesideFile({ path, what }, open, async (stored) => {
    await scanFurtherFindings(stored, furtherFindings);
    return [];
  });
}

/** Throws EVIDENCE_INVALID where the file is damaged, not the one that the report names, or other than it counts. */
async function scanFurtherFindings(
  stored: AsyncIterable<Uint8Array>,
  { path, sha256, lines: most, counts }: FurtherFindings,
): Promise<void> {
  const tally = new FindingTally();
  const content = createHash('sha256');
  let count = 0;
  for await (const { bytes, lines } of linesOf(inflate(stored, path), LONGEST_FINDING)) {
    content.update(bytes);
    for (const line of lines) {
      count += 1;
      if (count > most) throw malformed(path, `has more than ${most} lines`);
      tally.add(readFinding(line, `line ${count} of ${path}`));
    }
  }
  if (count !== most) throw malformed(path, `has ${count} lines, and the report counts ${most}`);
  if (content.digest('hex') !== sha256) throw malformed(path, 'has another SHA-256 than the report names');
  if (asciiJson(tally.counts()) !== asciiJson(counts))
    throw malformed(path, 'has other findings than the report counts');
}

/** A line as a finding, as far as it is counted. */
function readFinding(line: Uint8Array, what: string): Finding {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(line).toString('latin1'));
  } catch {
    throw malformed(what, 'is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw malformed(what, 'is no finding');
  return value as Finding;
}
