/**
 * Access to AWS as its own tools have it: the standard credential chain, profiles, roles, endpoints and Regions,
 * from settings, environment and shared config. One session serves every service and Region, so that a role is
 * assumed once and not once per Region.
 */
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { MINUTE, systemClock } from '../clock.ts';
import { TrailVerifyError } from '../errors.ts';
import {
  type AwsService,
  type ConfiguredEndpoint,
  configuredAs,
  configuredEndpoint,
  configuredRegion,
} from './aws-endpoint.ts';
import { classifyFailure, credentialsError } from './aws-failure.ts';
import { type BoundedHandler, boundedHandler } from './bounded-handler.ts';
import { type Patience, patienceByServer } from './patience.ts';

/** How AWS is reached; everything absent comes from environment and shared config, as in the AWS tools. */
export interface AwsSettings {
  readonly profile?: string;
  /** A role to assume with the credentials that are found. */
  readonly roleArn?: string;
  /** One endpoint for all services; AWS_ENDPOINT_URL_S3 and its like set them one by one. */
  readonly endpointUrl?: string;
  readonly region?: string;
  /** Tries of one request within the SDK (default 8). */
  readonly maxAttempts?: number;
  /** How long a server may take to the end of its headers, and stay silent in a body, in milliseconds (default 30,000). */
  readonly requestTimeoutMs?: number;
  /** Connections at once to one host (default 256); not below the number of requests in flight. */
  readonly connections?: number;
  /** Told of each service that is about to be asked at an endpoint of the settings, the environment or the profile. */
  readonly onEndpoint?: (endpoint: ConfiguredEndpoint) => void;
}

type CredentialProvider = ReturnType<typeof fromNodeProviderChain>;
type Credentials = Awaited<ReturnType<CredentialProvider>>;

/** What every AWS SDK client is built with. */
export interface ClientSettings {
  readonly region: string;
  readonly credentials: CredentialProvider;
  readonly endpoint?: string;
  readonly ignoreConfiguredEndpointUrls: true;
  readonly maxAttempts: number;
  readonly retryMode: 'adaptive';
  readonly logger: Logger;
  readonly requestHandler: BoundedHandler;
}

type Logger = Readonly<Record<'trace' | 'debug' | 'info' | 'warn' | 'error', () => void>>;

/** An opened access to AWS. */
export interface AwsSession {
  /** Tries of one request within the SDK. */
  readonly maxAttempts: number;
  /** How long a server may take to the end of its headers, and stay silent in a body, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** How long a connection may take to come about, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Connections at once to one host. */
  readonly connections: number;
  /** How long the server of an origin is still waited for: of all clients of this session together. */
  readonly patienceOf: (origin: string) => Patience;
  /** The Region of the settings, else of environment or shared config, else us-east-1. */
  defaultRegion(): Promise<string>;
  /** Settings for a client of `service` in `region`. `endpoint` is there only where one was set. */
  clientSettings(service: AwsService, region: string): Promise<ClientSettings>;
  /** The endpoint that was set for a service; undefined where it has its usual one. */
  endpointOf(service: AwsService): Promise<ConfiguredEndpoint | undefined>;
}

const DEFAULT_ATTEMPTS = 8;
const DEFAULT_TIMEOUT = 30_000;
const CONNECT_TIMEOUT = 10_000;
const DEFAULT_CONNECTIONS = 256;
/** The SDK asks for new credentials this long before the old ones end. */
const REFRESH_BEFORE = 5 * MINUTE;
/** The SDK writes warnings to the console unless it is given somewhere else to write. */
const SILENT: Logger = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
const REGION = /^[a-z][a-z0-9-]{2,40}$/;

/** Opens access to AWS; nothing is asked yet. Throws USAGE for an endpoint or Region that cannot be one. */
export function openAwsSession(settings: AwsSettings = {}): AwsSession {
  checkSettings(settings);
  const maxAttempts = settings.maxAttempts ?? DEFAULT_ATTEMPTS;
  const requestTimeoutMs = settings.requestTimeoutMs ?? DEFAULT_TIMEOUT;
  const connectTimeoutMs = Math.min(CONNECT_TIMEOUT, requestTimeoutMs);
  const connections = settings.connections ?? DEFAULT_CONNECTIONS;
  const patienceOf = patienceByServer(requestTimeoutMs);
  const requestHandler = boundedHandler({
    connections,
    connectMs: connectTimeoutMs,
    idleMs: requestTimeoutMs,
    patienceOf,
  });
  let credentials: CredentialProvider | undefined;
  let region: Promise<string> | undefined;

  const clientSettings = async (service: AwsService, clientRegion: string): Promise<ClientSettings> => {
    const endpoint = await endpointOf(service, settings);
    credentials ??= await sharedCredentials(settings, clientRegion, requestHandler);
    return {
      region: clientRegion,
      credentials,
      ...(endpoint === undefined ? {} : { endpoint: endpoint.url }),
      // What was set is found above: the SDK would look in another profile's settings too, and not tell.
      ignoreConfiguredEndpointUrls: true,
      maxAttempts,
      retryMode: 'adaptive',
      // Never cacheMiddleware: it shares one context, and with it the endpoint, among all requests under way.
      logger: SILENT,
      requestHandler,
    };
  };

  return {
    maxAttempts,
    requestTimeoutMs,
    connectTimeoutMs,
    connections,
    patienceOf,
    defaultRegion: () => {
      region ??= (async () => settings.region ?? (await configuredRegion(settings.profile)) ?? 'us-east-1')();
      return region;
    },
    clientSettings,
    endpointOf: (service) => findEndpoint(service, settings),
  };
}

/** The endpoint that was set for a service that is about to be asked. */
async function endpointOf(
  service: AwsService,
  settings: AwsSettings,
): Promise<ConfiguredEndpoint | undefined> {
  const endpoint = await findEndpoint(service, settings);
  if (endpoint !== undefined) settings.onEndpoint?.(endpoint);
  return endpoint;
}

async function findEndpoint(
  service: AwsService,
  { endpointUrl, profile }: AwsSettings,
): Promise<ConfiguredEndpoint | undefined> {
  return endpointUrl === undefined
    ? configuredEndpoint(service, profile)
    : configuredAs(service, endpointUrl, 'option');
}

function checkSettings({ endpointUrl, region }: AwsSettings): void {
  if (endpointUrl !== undefined && !/^https?:$/.test(protocolOf(endpointUrl))) {
    throw new TrailVerifyError('USAGE', `not an endpoint: ${endpointUrl}`, {
      hint: 'an endpoint is a URL such as https://s3.example.com or http://127.0.0.1:9000',
    });
  }
  if (region !== undefined && !REGION.test(region)) {
    throw new TrailVerifyError('USAGE', `not a Region: ${region}`, {
      hint: 'a Region is named like eu-central-1',
    });
  }
}

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol;
  } catch {
    return '';
  }
}

async function sharedCredentials(
  settings: AwsSettings,
  region: string,
  requestHandler: BoundedHandler,
): Promise<CredentialProvider> {
  const { profile, roleArn } = settings;
  // Its own clients, of STS and SSO, would wait for ever.
  const bounded = { clientConfig: { requestHandler } };
  const found = fromNodeProviderChain(profile === undefined ? bounded : { ...bounded, profile });
  const own = held(found, (error) => credentialsError(error, profile));
  if (roleArn === undefined) return own;
  const endpoint = await endpointOf('STS', settings);
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

function ignore(): void {}
