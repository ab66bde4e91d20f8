import { fromEnv, fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { loadConfig } from '@smithy/core/config';
import { MINUTE, systemClock } from '../base/clock.ts';
import { messageOf, TrailVerifyError } from '../base/errors.ts';
import type { BoundedHandler } from './bounded-handler.ts';
import { classifyFailure, credentialsError } from './failure.ts';
import { type AwsService, isAwsEndpoint } from './hosts.ts';
import { networkHint } from './network-failure.ts';
import { ofProfile } from './shared-config.ts';

export type { AwsService };

/** An endpoint that took the place of the usual one of a service, and where it was set. */
export interface ConfiguredEndpoint {
  readonly service: AwsService;
  readonly url: string;
  readonly source: 'option' | 'environment' | 'profile';
  /** Whether it is one of AWS's own endpoints of that service, over TLS. */
  readonly aws: boolean;
}

/**
 * The endpoint that environment or shared config give a service, or undefined (SDKs and tools reference guide,
 * "Service-specific endpoints"). The SDK finds it by itself, but in the profile of AWS_PROFILE only, and without
 * telling: and a bucket on an endpoint of one's own must be addressed by path.
 */
export async function configuredEndpoint(
  service: AwsService,
  profile: string | undefined,
): Promise<ConfiguredEndpoint | undefined> {
  const ignored = loadConfig<string | undefined>(
    {
      environmentVariableSelector: (env) => env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS,
      configFileSelector: (section) => section.ignore_configured_endpoint_urls,
      default: undefined,
    },
    ofProfile(profile),
  );
  if ((await ignored())?.toLowerCase() === 'true') return undefined;
  let source: ConfiguredEndpoint['source'] = 'profile';
  const endpoint = loadConfig<string | undefined>(
    {
      environmentVariableSelector: (env) => {
        const url = env[`AWS_ENDPOINT_URL_${service}`] || env.AWS_ENDPOINT_URL;
        if (url !== undefined) source = 'environment';
        return url;
      },
      configFileSelector: (section, file) => {
        const services = section.services;
        const own = services === undefined ? undefined : file?.[`services.${services}`];
        return own?.[`${service.toLowerCase()}.endpoint_url`] || section.endpoint_url;
      },
      default: undefined,
    },
    ofProfile(profile),
  );
  const url = await endpoint();
  return url === undefined ? undefined : configuredAs(service, url, source);
}

/** An endpoint of a service as it was set. */
export function configuredAs(
  service: AwsService,
  url: string,
  source: ConfiguredEndpoint['source'],
): ConfiguredEndpoint {
  return { service, url, source, aws: URL.canParse(url) && isAwsEndpoint(service, new URL(url)) };
}

/** The Region of environment or shared config; undefined where none is set. */
export async function configuredRegion(profile: string | undefined): Promise<string | undefined> {
  const region = loadConfig<string | undefined>(
    {
      environmentVariableSelector: (env) => env.AWS_REGION || env.AWS_DEFAULT_REGION,
      configFileSelector: (section) => section.region,
      default: undefined,
    },
    ofProfile(profile),
  );
  return region();
}

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
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = process.env;
  // As in the AWS CLI: they come before AWS_PROFILE. The SDK's chain has it the other way round, with a warning on the console.
  const found =
    profile === undefined && id && secret
      ? fromEnv()
      : fromNodeProviderChain(profile === undefined ? bounded : { ...bounded, profile });
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

/** Keeps the credentials of `provide` until shortly before they expire, for all clients together. */
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
  const text = messageOf(error);
  if (classifyFailure(error) === 'network') {
    return new TrailVerifyError(
      'UNREACHABLE',
      `role ${roleArn} could not be assumed, STS does not answer: ${text}`,
      {
        hint: networkHint(error) ?? 'check network, proxy and endpoint',
        cause: error,
      },
    );
  }
  return new TrailVerifyError('CREDENTIALS', `role ${roleArn} could not be assumed: ${text}`, {
    hint: "check the role's trust policy and the permission sts:AssumeRole of the credentials in use",
    cause: error,
  });
}
