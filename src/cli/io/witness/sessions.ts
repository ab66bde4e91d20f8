/** Access to the accounts that a witness is asked in. */
import { callerIdentity } from '../../../aws/identity.ts';
import { type AwsSession, sessionOfRole } from '../../../aws/session.ts';
import { TrailVerifyError } from '../../../base/errors.ts';
import type { AccessSettings } from '../../options/access.ts';

/** How witnesses are reached. */
export interface WitnessAccess {
  readonly access: AccessSettings;
  /** The name of the role that is assumed in accounts other than the caller's. */
  readonly memberRole: string | undefined;
  /** The present, in milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Asks in an account with the session for it, or, where none is named, with the caller's own. Where there is no session, or its role
 * cannot be assumed, that is the answer.
 */
export type AskIn = <Answer>(
  account: string | undefined,
  ask: (session: AwsSession) => Promise<Answer>,
) => Promise<Answer | { readonly refusal: string }>;

/** Opens access to the caller's account, and to those in which the caller may assume the role. Nothing is asked yet. Throws CREDENTIALS for the caller's own. */
export function openAccounts(own: AwsSession, memberRole: string | undefined): AskIn {
  const sessions = new Map<string | undefined, Promise<AwsSession | string>>();
  let caller: ReturnType<typeof callerIdentity> | undefined;
  const sessionOf = async (account: string | undefined): Promise<AwsSession | string> => {
    if (account === undefined) return own;
    caller ??= callerIdentity(own);
    const known = await caller;
    if (known?.account === account) return own;
    const partition = known?.arn.split(':')[1] ?? 'aws';
    if (memberRole !== undefined)
      return sessionOfRole(own, `arn:${partition}:iam::${account}:role/${memberRole}`);
    return known === undefined
      ? 'STS did not say whose the credentials are'
      : `the credentials are of account ${known.account}: name the role to assume with --member-role`;
  };
  return async (account, ask) => {
    const opened = sessions.get(account) ?? sessionOf(account);
    sessions.set(account, opened);
    const session = await opened;
    if (typeof session === 'string') return { refusal: session };
    try {
      return await ask(session);
    } catch (error) {
      // One account's role must not keep the others from being asked.
      if (session === own || !(error instanceof TrailVerifyError) || error.code !== 'CREDENTIALS')
        throw error;
      return { refusal: error.message };
    }
  };
}
