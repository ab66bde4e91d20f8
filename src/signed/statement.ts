/** What a pipeline is told of a report: an in-toto Statement v1 about its file, with the result in short as the predicate. */
import type { Weight } from '../findings/finding.ts';
import type { Verdict } from '../findings/verdict.ts';
import { countFindings } from '../report/finding-counts.ts';
import type { ReadReport } from '../report/read-report.ts';
import type { DigestTotals, LogTotals, Report } from '../report/report.ts';
import { PAYLOAD_MANIFEST } from '../source/bag/manifest.ts';

/** A file that a statement is about (in-toto ResourceDescriptor): its name beside the report, and its SHA-256 in hex. */
export interface StatementSubject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

/** The result in short; the report has the whole of it. Times are ISO 8601 in UTC. */
export interface ReportSummary {
  readonly verifier: { readonly id: 'trail-verify'; readonly version: string };
  readonly timeCreated: string;
  readonly run: string;
  readonly target: string;
  readonly verdict: Verdict;
  readonly window: {
    readonly from: string | null;
    readonly to: string;
    readonly verifiedThrough: string | null;
  };
  readonly digests: DigestTotals;
  readonly logs: LogTotals;
  /** How many findings there are of each weight. */
  readonly findings: Readonly<Record<Weight, number>>;
  /** How many things the report says that it did not or could not check. */
  readonly limits: number;
}

/** An in-toto Statement v1 (in-toto/attestation, spec/v1/statement.md). */
export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly StatementSubject[];
  readonly predicateType: typeof PREDICATE_TYPE;
  readonly predicate: ReportSummary;
}

/** The type of an in-toto Statement, version 1. */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/**
 * What the predicate is. in-toto's own "simple verification result" cannot say that something failed, and its test
 * result cannot say that something is unproven.
 */
export const PREDICATE_TYPE = 'urn:trail-verify:report-summary:v1';

/** The statement about a report: one report, one statement. Its subjects are the report and the files that it names by hash. */
export function statementOf({ report, sha256 }: ReadReport): Statement {
  const subjects: StatementSubject[] = [{ name: 'report.json', digest: { sha256 } }];
  const inventory = report.objects?.inventory;
  if (inventory !== undefined) subjects.push({ name: inventory.path, digest: { sha256: inventory.sha256 } });
  const further = report.furtherFindings;
  if (further !== undefined) subjects.push({ name: further.path, digest: { sha256: further.sha256 } });
  if (report.evidence !== undefined)
    subjects.push({ name: PAYLOAD_MANIFEST, digest: { sha256: report.evidence.payloadManifestSha256 } });
  return {
    _type: STATEMENT_TYPE,
    subject: subjects,
    predicateType: PREDICATE_TYPE,
    predicate: summaryOf(report),
  };
}

function summaryOf(report: Report): ReportSummary {
  const { from, to } = report.window.requested;
  const { digests, logs } = report.totals;
  return {
    verifier: { id: 'trail-verify', version: report.tool.version },
    timeCreated: report.run.finished,
    run: report.run.id,
    target: report.source.target,
    verdict: report.verdict,
    window: { from, to, verifiedThrough: report.window.verifiedThrough },
    digests,
    logs,
    findings: countFindings(report),
    limits: report.limits.length,
  };
}
