import {
  fromEnv,
  fromIni,
  fromNodeProviderChain,
  fromTemporaryCredentials,
} from '@aws-sdk/credential-providers';
import { loadConfig } from '@smithy/core/config';
import { MINUTE, systemClock } from '../base/clock.ts';
import { messageOf, TrailVerifyError } from '../base/errors.ts';
import { classifyFailure, credentialsError } from './failure.ts';
import type { BoundedHandler } from './network/bounded-handler.ts';
import { type AwsService, isAwsEndpoint } from './network/hosts.ts';
import { networkHint } from './network/network-failure.ts';
import { type ProfileSources, profileSources } from './profiles.ts';
import { ofProfile } from './shared-config.ts';
import { SILENT } from './silent.ts';

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

/** Asks a person for the code of an MFA device; undefined where nobody can be asked. */
export type MfaCode = (serial: string, profile: string) => Promise<string | undefined>;

/** What says where credentials come from. */
export interface CredentialSettings {
  readonly profile?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly mfaCode?: MfaCode | undefined;
}

/** The SDK asks for new credentials this long before the old ones end. */
const REFRESH_BEFORE = 5 * MINUTE;

/**
 * The credentials of the profile or of the standard chain, or those of the role that they assume; `stsEndpoint`
 * finds the endpoint that was set for STS. Nothing is asked yet; the provider throws CREDENTIALS, UNREACHABLE.
 */
export async function openCredentials(
  { profile, roleArn, mfaCode }: CredentialSettings,
  region: string,
  requestHandler: BoundedHandler,
  stsEndpoint: () => Promise<ConfiguredEndpoint | undefined>,
): Promise<CredentialProvider> {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = process.env;
  // As in the AWS CLI: they come before AWS_PROFILE. The SDK's chain has it the other way round, with a warning on the console.
  const ofEnvironment = profile === undefined && id && secret;
  const find = (): CredentialProvider =>
    ofEnvironment
      ? held(fromEnv(), (error) => credentialsError(error))
      : fromProfile(profile, region, requestHandler, mfaCode);
  const own = mfaCode === undefined ? find() : sharedBy(mfaCode, profile, find);
  return roleArn === undefined ? own : assumeRole(own, roleArn, region, requestHandler, await stsEndpoint());
}

/** The credentials of a role that others assume; the provider throws CREDENTIALS, UNREACHABLE. */
export function assumeRole(
  own: CredentialProvider,
  roleArn: string,
  region: string,
  requestHandler: BoundedHandler,
  endpoint: ConfiguredEndpoint | undefined,
): CredentialProvider {
  const assumed = fromTemporaryCredentials({
    masterCredentials: own,
    params: { RoleArn: roleArn, RoleSessionName: 'trail-verify' },
    clientConfig: { region, requestHandler, ...(endpoint === undefined ? {} : { endpoint: endpoint.url }) },
  });
  return held(assumed, (error) => roleError(roleArn, error));
}

/** The credentials of the profile that is named, else of the standard chain. */
function fromProfile(
  profile: string | undefined,
  region: string,
  requestHandler: BoundedHandler,
  mfaCode: MfaCode | undefined,
): CredentialProvider {
  const settings = {
    // Its own clients, of STS and SSO, would wait for ever.
    clientConfig: { requestHandler },
    // Where the profile has none: the SDK would take one of its own, with a warning on the console.
    parentClientConfig: { region },
    logger: SILENT,
    ...(profile === undefined ? {} : { profile }),
  };
  const codeOf = async (serial: string): Promise<string> => askCode(mfaCode, serial, await sources());
  const chain = fromNodeProviderChain({ ...settings, mfaCodeProvider: codeOf });
  let followed: Promise<ProfileSources> | undefined;
  // Read once: the SDK keeps what it has read of these files as well.
  const sources = (): Promise<ProfileSources> => {
    followed ??= profileSources(profile);
    return followed;
  };
  return held(
    async (properties) => {
      const { beforeCode } = await sources();
      // Nobody types a code in vain; and the SDK would leave their failure to nobody while it waits for the code.
      if (beforeCode !== undefined) await fromIni({ ...settings, profile: beforeCode })(properties);
      return chain(properties);
    },
    async (error) => profileError(error, profile, await sources()),
  );
}

/** As `credentialsError`, with the command that mends it where the profile must be logged in again. */
function profileError(
  error: unknown,
  profile: string | undefined,
  { sso }: ProfileSources,
): TrailVerifyError {
  const general = credentialsError(error, profile);
  if (sso === undefined || general === error || !LOGIN.test(general.message)) return general;
  return new TrailVerifyError(general.code, general.message, {
    hint: `log in again: aws sso login --profile ${sso}`,
    cause: error,
  });
}

/** In the words of the SDK, and of IAM Identity Center itself. */
const LOGIN = /\bSSO\b|Token is expired|Session token not found or invalid/;

/** Asks for the code of a device. Throws CREDENTIALS where nobody can be asked, or what was typed can be none. */
async function askCode(
  mfaCode: MfaCode | undefined,
  serial: string,
  { name }: ProfileSources,
): Promise<string> {
  const code = (await mfaCode?.(serial, name))?.trim();
  if (code === undefined)
    throw new TrailVerifyError(
      'CREDENTIALS',
      `profile ${name} needs a code of the MFA device ${serial}, and there is no terminal to ask at`,
      {
        hint: 'run this at a terminal, or give temporary credentials, for example of "aws configure export-credentials"',
      },
    );
  if (/^\d{6}$/.test(code)) return code;
  throw new TrailVerifyError('CREDENTIALS', `that is no code of the MFA device ${serial}`, {
    hint: 'run again, and type the six digits that it shows',
  });
}

/** What each asker has led to, by profile: a code serves once, and several sessions of one command need it. */
const shared = new WeakMap<MfaCode, Map<string, CredentialProvider>>();

function sharedBy(
  mfaCode: MfaCode,
  profile: string | undefined,
  find: () => CredentialProvider,
): CredentialProvider {
  const ofAsker = shared.get(mfaCode) ?? new Map<string, CredentialProvider>();
  shared.set(mfaCode, ofAsker);
  const known = ofAsker.get(profile ?? '') ?? find();
  ofAsker.set(profile ?? '', known);
  return known;
}

/** Keeps the credentials of `provide` until shortly before they expire, for all clients together. */
function held(
  provide: CredentialProvider,
  toError: (error: unknown) => Error | Promise<Error>,
): CredentialProvider {
  let current: Promise<Credentials> | undefined;
  const fetch = (properties: Parameters<CredentialProvider>[0]): Promise<Credentials> => {
    const fetched = provide(properties).catch(async (error: unknown) => {
      if (current === fetched) current = undefined;
      throw await toError(error);
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
