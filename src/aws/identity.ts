import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { classifyFailure, credentialsError, failureName, failureText } from './failure.ts';
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

/** How long STS may take to name the caller, for a report can do without. */
const IDENTITY_TIMEOUT = 5000;

/** The owner of credentials, and the id of the request that told. */
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
    // What is wrong with the credentials, the run itself tells better.
    return undefined;
  }
}

/** What a service says of credentials that it does not know, and in a Region that is not enabled of all credentials. */
export function isUnknownToken(error: unknown): boolean {
  return ['InvalidClientTokenId', 'UnrecognizedClientException', 'OptInRequired'].includes(
    failureName(error),
  );
}

/**
 * Why a call was refused, in words for a report. Throws CREDENTIALS where not the call but the caller is refused:
 * whether the Region is not enabled or the credentials are unknown everywhere is told by asking STS.
 */
export async function refusalOf(session: AwsSession, region: string, error: unknown): Promise<string> {
  if (classifyFailure(error) === 'credentials') throw credentialsError(error);
  if (isUnknownToken(error)) {
    await callerAccount(session);
    return `Region ${region} is not enabled for the account in use (${failureName(error)})`;
  }
  return `${failureText(error)} (${failureName(error)})`;
}
