/**
 * Checks a signed report: that these bytes were signed, by whom, when, whether that signer is trusted, and whether the report
 * agrees with itself and with its companion files.
 */

import { append } from '../base/lists.ts';
import { foreignOrigins } from '../render/facts/report.ts';
import { attempt, type Check, checkLine, conclude } from '../report/check.ts';
import { verdictHeadline } from '../report/findings-beyond.ts';
import type { Report } from '../report/report.ts';
import { type ReadReport, readReport } from '../report/report-schema.ts';
import { checkBundle } from './bundle.ts';
import { checkSignature, type SignatureFiles, type SignedBy, signedBy } from './check-signature.ts';
import { inconsistenciesOf } from './consistency.ts';
import { checkIntendedSigner, type NoteReportProblem, type ReportProblem, violation } from './problems.ts';

/** Opens a file next to the report, as it is stored; undefined where there is none of that name. */
export type OpenCompanion = (name: string) => Promise<AsyncIterable<Uint8Array> | undefined>;

/** A further check, of what a report says about its companion files. */
export type CompanionCheck = (report: Report, open: OpenCompanion) => Promise<readonly ReportProblem[]>;

/** What is checked, and against whom. All bytes are those of the files. */
export interface ReportCheckOptions extends SignatureFiles {
  readonly report: Uint8Array;
  /** A Sigstore bundle about the report, which is checked where there is one. */
  readonly bundle?: Uint8Array | undefined;
  readonly companions?:
    | { readonly checks: readonly CompanionCheck[]; readonly open: OpenCompanion }
    | undefined;
}

/** What a check of a signed report read. */
interface CheckedReport extends SignedBy {
  readonly report: Report | undefined;
  /** Whether a Sigstore bundle was there and says the same of the same signer; undefined where there was none. */
  readonly bundleAgrees: boolean | undefined;
}

/** What a check came to. `verdict` is about the signed report, `report.verdict` is what the report says of the trail. */
export type ReportCheck = Check<CheckedReport, ReportProblem>;

/** Checks a signed report; whatever is wrong with its files is a problem, never an error. */
export async function checkReport(options: ReportCheckOptions): Promise<ReportCheck> {
  const problems: ReportProblem[] = [];
  const note: NoteReportProblem = (found) => {
    // Several timestamps of one authority have one and the same fault.
    if (found !== undefined && problems.every(({ text }) => text !== found.text)) problems.push(found);
  };
  const { signed, timestamp } = checkSignature(
    { ...options, content: options.report, what: 'the report' },
    note,
  );
  const read = checkContent(options.report, note);
  const report = read?.report;
  const bundleAgrees =
    read === undefined || options.bundle === undefined
      ? undefined
      : checkBundle(options.bundle, { ...options, report: read, signer: signed?.signer }, note);
  if (report !== undefined && signed !== undefined) checkIntendedSigner(report, signed.signer, note);
  if (report !== undefined && options.companions !== undefined) {
    for (const check of options.companions.checks)
      append(problems, await check(report, options.companions.open));
  }
  return conclude<CheckedReport, ReportProblem>(problems, { report, signed, timestamp, bundleAgrees });
}

function checkContent(bytes: Uint8Array, note: NoteReportProblem): ReadReport | undefined {
  const read = attempt(
    () => readReport(bytes, 'the report'),
    ({ message }) => note(violation('REPORT_MALFORMED', message)),
  );
  if (read === undefined) return undefined;
  for (const why of inconsistenciesOf(read.report))
    note(violation('REPORT_INCONSISTENT', `the report contradicts itself: ${why}`));
  return read;
}

/**
 * What a check of a signed report came to, in one line without its end: the verdict, then who signed and when, or what is
 * wrong. Not escaped: names in it are those of certificates.
 */
export function renderReportCheck(check: ReportCheck, name: string): string {
  const { report } = check;
  const says = report === undefined ? '' : `; the report says ${verdictHeadline(report)}`;
  return checkLine(check, name, () => {
    const foreign = foreignOrigins(report);
    const keys =
      foreign.length === 0 ? '' : `; its public keys are not AWS's but those of ${foreign.join(', ')}`;
    const bundle = check.bundleAgrees === true ? '; the Sigstore bundle says the same' : '';
    return `${name} is as ${signedBy(check)}${says}${keys}${bundle}`;
  });
}
