import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { MINUTE, systemClock } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import type { BoundedHandler } from './bounded-handler.ts';
import type { ConfiguredEndpoint } from './endpoint.ts';
import { classifyFailure, credentialsError } from './failure.ts';

/** Gives credentials, as the SDK's clients ask for them. */
export type CredentialProvider = ReturnType<typeof fromNodeProviderChain>;
type Credentials = Awaited<ReturnType<CredentialProvider>>;

/** The SDK asks for new credentials this long before the old ones end. */
const REFRESH_BEFORE = 5 * MINUTE;

/**
 * The credentials of the profile or of the standard chain, or those of the role that they assume; `stsEndpoint`
 * finds the endpoint that was set for STS. Nothing is asked yet; the provider throws CREDENTIALS, UNREACHABLE.
 */
export async function openCredentials(
  { profile, roleArn }: { readonly profile?: string | undefined; readonly roleArn?: string | undefined },
  region: string,
  requestHandler: BoundedHandler,
  stsEndpoint: () => Promise<ConfiguredEndpoint | undefined>,
): Promise<CredentialProvider> {
  // Its own clients, of STS and SSO, would wait for ever.
  const bounded = { clientConfig: { requestHandler } };
  const found = fromNodeProviderChain(profile === undefined ? bounded : { ...bounded, profile });
  const own = held(found, (error) => credentialsError(error, profile));
  if (roleArn === undefined) return own;
  const endpoint = await stsEndpoint();
  const assumed = fromTemporaryCredentials({
    masterCredentials: own,
    params: { RoleArn: roleArn, RoleSessionName: 'trail-verify' },
    clientConfig: { region, requestHandler, ...(endpoint === undefined ? {} : { endpoint: endpoint.url }) },
  });
  return held(assumed, (error) => roleError(roleArn, error));
}

/** Keeps what `provide` gave until shortly before it expires, for all clients together. */
function held(provide: CredentialProvider, toError: (error: unknown) => Error): CredentialProvider {
  let current: Promise<Credentials> | undefined;
  const fetch = (properties: Parameters<CredentialProvider>[0]): Promise<Credentials> => {
    const fetched = provide(properties).catch((error: unknown) => {
      if (current === fetched) current = undefined;
      throw toError(error);
    });
    current = fetched;
    return fetched;
  };
  return async (properties) => {
    const asked = current;
    const credentials = await (asked ?? fetch(properties));
    const expiration = credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    if (expiration - systemClock.now() > REFRESH_BEFORE || asked === undefined) return credentials;
    return current === asked ? fetch(properties) : (current ?? fetch(properties));
  };
}

function roleError(roleArn: string, error: unknown): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (classifyFailure(error) === 'network') {
    return new TrailVerifyError(
      'UNREACHABLE',
      `role ${roleArn} could not be assumed, STS does not answer: ${text}`,
      {
        hint: 'check network, proxy and endpoint',
        cause: error,
      },
    );
  }
  return new TrailVerifyError('CREDENTIALS', `role ${roleArn} could not be assumed: ${text}`, {
    hint: "check the role's trust policy and the permission sts:AssumeRole of the credentials in use",
    cause: error,
  });
}
