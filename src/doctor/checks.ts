import type { Asked } from '../aws/posture.ts';

/** What one check says: as it should be, not so, not to be learned, or worth knowing. */
export type CheckResult = 'pass' | 'fail' | 'unknown' | 'note';

/** One check of a trail or its bucket. `id` is stable; `control` names the control or guide that asks for it. */
export interface Check {
  readonly id: string;
  readonly control: string;
  readonly title: string;
  /** The trail's ARN, the bucket's, or what a permission is on. */
  readonly resource: string;
  readonly result: CheckResult;
  /** What was seen. */
  readonly detail: string;
  /** How to mend it; there where it is not passed. */
  readonly advice?: string;
}

/** A check before it was held against what is there. */
export type CheckWords = Pick<Check, 'id' | 'control' | 'title' | 'resource'> & { readonly advice: string };

/** A check that passes where `passes` says so of an answer, and is unknown where there is none. */
export function judge<Value>(
  words: CheckWords,
  asked: Asked<Value>,
  passes: (value: Value) => { readonly result: CheckResult; readonly detail: string },
): Check {
  if (asked.known) return conclude(words, passes(asked.value));
  const { advice: _advice, ...rest } = words;
  const detail = `${asked.action}: ${asked.detail}`;
  return {
    ...rest,
    result: 'unknown',
    detail,
    advice: asked.denied ? `grant ${asked.action}` : 'look at the error and run again',
  };
}

/** A check with its outcome; a passed one needs no advice. */
export function conclude(
  words: CheckWords,
  outcome: { readonly result: CheckResult; readonly detail: string },
): Check {
  const { advice, ...rest } = words;
  return outcome.result === 'pass' ? { ...rest, ...outcome } : { ...rest, ...outcome, advice };
}

/** `pass` where it is so, else `fail`; with what was seen. */
export function passIf(
  isSo: boolean,
  seen: string,
  otherwise: string,
): { readonly result: CheckResult; readonly detail: string } {
  return isSo ? { result: 'pass', detail: seen } : { result: 'fail', detail: otherwise };
}
