/**
 * OCSF 1.6.0 (Open Cybersecurity Schema Framework), one JSON object a line: a Compliance Finding (2003) for the run,
 * then a Detection Finding (2004) for each finding. Only core attributes are used, no profile.
 * Every finding begins with the same attributes, of a report as of a diagnosis.
 */

import { VERSION } from '../../base/version.ts';
import { CATALOGUE } from '../../findings/catalogue.ts';
import type { Finding, Verdict, Weight } from '../../findings/finding.ts';
import { isAccepted, verdictHeadline } from '../../report/findings-beyond.ts';
import type { Report } from '../../report/report.ts';
import { escapeTerminal } from '../escape.ts';
import { findingFacts, findingId } from '../facts/findings.ts';
import { authoritativeSentence } from '../facts/report.ts';
import { verdictSentence } from '../facts/verdict.ts';
import { asciiJson } from './json.ts';

const STANDARD = 'AWS CloudTrail log file integrity validation';

const COMPLIANCE = {
  VALID: { id: 1, name: 'Pass' },
  INCONCLUSIVE: { id: 2, name: 'Warning' },
  INVALID: { id: 3, name: 'Fail' },
} as const satisfies Record<Verdict, object>;

const INFORMATIONAL = { severity_id: 1, severity: 'Informational' };
const MEDIUM = { severity_id: 3, severity: 'Medium' };
const CRITICAL = { severity_id: 5, severity: 'Critical' };
const SEVERITY = { violation: CRITICAL, unproven: MEDIUM, note: INFORMATIONAL } as const satisfies Record<
  Weight,
  object
>;
const VERDICT_SEVERITY = { VALID: INFORMATIONAL, INCONCLUSIVE: MEDIUM, INVALID: CRITICAL } as const;

/** The report as OCSF events, line by line; `sha256` is that of report.json, named in every one of them. */
export function* ocsfLines(report: Report, sha256: string): Generator<string> {
  yield `${asciiJson(runEvent(report, sha256))}\n`;
  for (const finding of report.findings) yield `${asciiJson(findingEvent(report, finding, sha256))}\n`;
}

function base(report: Report, classUid: 2003 | 2004, uid: string): object {
  const { tool, run } = report;
  return ocsfBase({ classUid, uid, time: Date.parse(run.finished), product: tool, correlationUid: run.id });
}

function runEvent(report: Report, sha256: string): object {
  const sentence = verdictSentence(report);
  const { id, name } = COMPLIANCE[report.verdict];
  return {
    ...base(report, 2003, report.run.id),
    ...VERDICT_SEVERITY[report.verdict],
    start_time: Date.parse(report.run.started),
    end_time: Date.parse(report.run.finished),
    message: sentence,
    compliance: {
      control: STANDARD,
      standards: [STANDARD],
      status_id: id,
      status: name,
      status_details: [
        sentence,
        ...report.limits.map((limit) => `Not checked: ${escapeTerminal(limit.text)}`),
      ],
    },
    finding_info: {
      uid: report.run.id,
      title: `CloudTrail log file integrity: ${verdictHeadline(report)}`,
      desc: sentence,
      created_time: Date.parse(report.run.finished),
      types: [report.verdict],
    },
    resources: [{ uid: report.source.target, name: report.source.target, type: 'CloudTrail log files' }],
    unmapped: {
      ...origin(sha256),
      verdict: report.verdict,
      window: report.window.requested,
      totals: report.totals,
      ...(report.lake === undefined ? {} : { query_results: report.lake.totals }),
      ...(report.overflowFindings === undefined ? {} : { overflow_findings: report.overflowFindings }),
    },
  };
}

function findingEvent(report: Report, finding: Finding, sha256: string): object {
  const { code, weight, object, chain, time, evidence } = finding;
  const words = CATALOGUE[code];
  const facts = findingFacts(finding).map(escapeTerminal);
  return {
    ...base(report, 2004, `${report.run.id}/${findingId(finding)}`),
    ...SEVERITY[weight],
    ...(isAccepted(finding) ? { status_id: 3, status: 'Suppressed' } : {}),
    message: [`${words.title}: ${escapeTerminal(object.uri)}`, ...facts].join('; '),
    is_alert: weight === 'violation',
    finding_info: {
      uid: findingId(finding),
      title: words.title,
      desc: words.meaning,
      types: [code],
      created_time: Date.parse(report.run.finished),
      last_seen_time: time === undefined ? undefined : Date.parse(time),
      analytic: { type_id: 1, type: 'Rule', uid: code, name: words.title },
    },
    resources: [
      {
        uid: object.uri,
        name: object.key,
        type: 'AWS::S3::Object',
        version: object.versionId,
      },
    ],
    ...(evidence === undefined ? {} : { evidences: [{ data: evidence }] }),
    remediation: { desc: words.advice },
    unmapped: { ...origin(sha256), code, weight, ...(chain === undefined ? {} : { chain }) },
  };
}

function origin(sha256: string): object {
  return { authoritative: authoritativeSentence(sha256), report_sha256: sha256 };
}

const OCSF_VERSION = '1.6.0';
const CLASSES = { 2003: 'Compliance Finding', 2004: 'Detection Finding' } as const;

/** What differs between events; `time` in milliseconds since the epoch, `product` the name of what writes them. */
export interface OcsfEvent {
  readonly classUid: keyof typeof CLASSES;
  readonly uid: string;
  readonly time: number;
  readonly product: { readonly name: string; readonly version?: string | undefined };
  /** Common to all events of one run. */
  readonly correlationUid?: string | undefined;
}

/** The beginning of an event, as a new finding. */
export function ocsfBase({ classUid, uid, time, product, correlationUid }: OcsfEvent): object {
  const className = CLASSES[classUid];
  return {
    activity_id: 1,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: classUid,
    class_name: className,
    type_uid: classUid * 100 + 1,
    type_name: `${className}: Create`,
    time,
    metadata: {
      version: OCSF_VERSION,
      uid,
      correlation_uid: correlationUid,
      product: { name: product.name, vendor_name: 'trail-verify', version: product.version ?? VERSION },
    },
    status_id: 1,
    status: 'New',
  };
}
