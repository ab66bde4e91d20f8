import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { classifyFailure, credentialsError, failureName, failureText } from './failure.ts';
import { NOT_UNDERSTOOD } from './network/pages.ts';
import type { AwsSession } from './session.ts';

/** The account whose credentials are in use. Throws CREDENTIALS; undefined where STS does not answer. */
export async function callerAccount(session: AwsSession, region?: string): Promise<string | undefined> {
  const client = new STSClient(
    await session.clientSettings('STS', region ?? (await session.defaultRegion())),
  );
  try {
    return (await client.send(new GetCallerIdentityCommand({}))).Account;
  } catch (error) {
    // This call needs no permission (API reference, GetCallerIdentity), so a refusal is one of the credentials.
    if (classifyFailure(error) === 'credentials' || isUnknownToken(error)) throw credentialsError(error);
    return undefined;
  } finally {
    client.destroy();
  }
}

/** Characters of an error's name, which is the answer's word as well. */
const LONGEST_NAME = 100;

/** How long STS may take to name the caller, because a report can do without. */
const IDENTITY_TIMEOUT = 5000;

/** The owner of credentials, and the id of the request that named it. */
export interface CallerIdentity {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  readonly requestId?: string | undefined;
}

/** Who the credentials in use belong to, as STS names it; undefined where it cannot be learned. Never throws. */
export async function callerIdentity(session: AwsSession): Promise<CallerIdentity | undefined> {
  try {
    const client = new STSClient(await session.clientSettings('STS', await session.defaultRegion()));
    try {
      const abortSignal = AbortSignal.timeout(IDENTITY_TIMEOUT);
      const answer = await client.send(new GetCallerIdentityCommand({}), { abortSignal });
      const { Account: account, Arn: arn, UserId: userId } = answer;
      if (account === undefined || arn === undefined || userId === undefined) return undefined;
      const { requestId } = answer.$metadata;
      return { account, arn, userId, requestId };
    } finally {
      client.destroy();
    }
  } catch {
    // The run itself reports better what is wrong with the credentials.
    return undefined;
  }
}

/** The codes of services for credentials that they do not know, and in a Region that is not enabled for all credentials. */
export function isUnknownToken(error: unknown): boolean {
  return ['InvalidClientTokenId', 'UnrecognizedClientException', 'OptInRequired'].includes(
    failureName(error),
  );
}

/**
 * Why a call was refused, in words for a report. Throws CREDENTIALS where AWS refuses the caller, not the call. The Region may
 * not be enabled, or the credentials may be unknown everywhere: STS is asked which.
 */
export async function refusalOf(session: AwsSession, region: string, error: unknown): Promise<string> {
  if (classifyFailure(error) === 'credentials') throw credentialsError(error);
  if (isUnknownToken(error)) {
    await callerAccount(session);
    return `Region ${region} is not enabled for the account in use (${failureName(error)})`;
  }
  const words = failureText(error);
  // The SDK's words are about its own objects, and help nobody.
  if (words.includes('Deserialization error')) return NOT_UNDERSTOOD;
  return `${words} (${failureName(error).slice(0, LONGEST_NAME)})`;
}
