/** A diagnosis as OCSF 1.6.0: one Compliance Finding (2003) for each check, one JSON object a line. */
import { asciiJson } from '../base/json.ts';
import { escapeTerminal } from '../render/escape.ts';
import { ocsfBase } from '../render/formats/ocsf.ts';
import type { Check, CheckResult } from './checks.ts';
import type { Diagnosis } from './diagnose.ts';

/** What `compliance.status_id` and the severity say of each result; what could not be learned is neither pass nor fail. */
const STATUS = {
  pass: { compliance: [1, 'Pass'], severity: [1, 'Informational'] },
  note: { compliance: [2, 'Warning'], severity: [2, 'Low'] },
  unknown: { compliance: [0, 'Unknown'], severity: [3, 'Medium'] },
  fail: { compliance: [3, 'Fail'], severity: [4, 'High'] },
} as const satisfies Record<CheckResult, object>;

/** The checks as OCSF events, a line each. */
export function renderDiagnosisOcsf(diagnosis: Diagnosis): string {
  return diagnosis.checks.map((check) => `${asciiJson(eventOf(check, diagnosis))}\n`).join('');
}

function eventOf(check: Diagnosis['checks'][number], { target, time }: Diagnosis): object {
  const { compliance, severity } = STATUS[check.result];
  const at = Date.parse(time);
  const uid = uidOf(check, target);
  const detail = escapeTerminal(check.detail);
  return {
    ...ocsfBase({
      classUid: 2003,
      uid: `${time}/${uid}`,
      time: at,
      product: { name: 'trail-verify doctor' },
    }),
    severity_id: severity[0],
    severity: severity[1],
    ...(check.ignored ? { status_id: 3, status: 'Suppressed' } : {}),
    message: `${check.title}: ${detail}`,
    compliance: {
      control: check.control,
      standards: [check.control],
      status_id: compliance[0],
      status: compliance[1],
      status_details: [detail],
    },
    finding_info: { uid, title: check.title, desc: detail, created_time: at, types: [check.id] },
    resources: [{ uid: check.resource, name: check.resource }],
    ...(check.advice === undefined ? {} : { remediation: { desc: escapeTerminal(check.advice) } }),
  };
}

/** The same for the same check of the same thing in every run. */
function uidOf({ id, resource }: Check, target: string): string {
  return `${target}/${id}/${resource}`;
}
