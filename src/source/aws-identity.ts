import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { classifyFailure, credentialsError, failureName, failureText } from './aws-failure.ts';
import type { AwsSession } from './aws-session.ts';

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
