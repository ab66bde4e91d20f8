/** `trail-verify/doctor`: whether a trail and its bucket are set up so that its log files can be proven. */

export { type PostureTarget, readPosture } from '../aws/set-up/read-posture.ts';
export type { Posture } from '../aws/trail-description.ts';
export { type ErrorCode, TrailVerifyError } from '../base/errors.ts';
export type { Check, CheckResult } from '../doctor/checks.ts';
export { type Diagnosis, type DiagnosisOptions, diagnose } from '../doctor/diagnose.ts';
export { DIAGNOSIS_FORMATS, type DiagnosisFormat, renderDiagnosis } from '../doctor/render.ts';
