/** Questions about a set-up, each of which may be refused by itself. */

import { TrailVerifyError } from '../../base/errors.ts';
import { classifyFailure, credentialsError, failureName, failureText } from '../failure.ts';
import type { Action } from '../permissions.ts';
import type { Asked } from '../trail-description.ts';

/**
 * Asks AWS one question that needs `action`; an error named in `absent` is the answer `undefined`. Throws CREDENTIALS,
 * and TARGET_NOT_FOUND where there is no such bucket; every other failure is an answer that is not known.
 */
export async function ask<Value>(action: Action, call: () => Promise<Value>): Promise<Asked<Value>>;
export async function ask<Value>(
  action: Action,
  call: () => Promise<Value>,
  absent: readonly string[],
): Promise<Asked<Value | undefined>>;
export async function ask<Value>(
  action: Action,
  call: () => Promise<Value>,
  absent: readonly string[] = [],
): Promise<Asked<Value | undefined>> {
  try {
    return { known: true, action, value: await call() };
  } catch (error) {
    if (error instanceof TrailVerifyError) throw error;
    const name = failureName(error);
    if (absent.includes(name)) return { known: true, action, value: undefined };
    const failure = classifyFailure(error);
    if (failure === 'credentials') throw credentialsError(error);
    if (name === 'NoSuchBucket')
      throw new TrailVerifyError('TARGET_NOT_FOUND', 'there is no such bucket', {
        hint: "check the bucket's name",
        cause: error,
      });
    return { known: false, action, denied: failure === 'denied', detail: `${failureText(error)} (${name})` };
  }
}

/** The same answer with its value changed. */
export function mapAsked<From, To>(asked: Asked<From>, change: (value: From) => To): Asked<To> {
  return asked.known ? { ...asked, value: change(asked.value) } : asked;
}
