/**
 * Access to AWS as its own tools have it: the standard credential chain, profiles, roles, endpoints and Regions,
 * from settings, environment and shared config. One session serves every service and Region, so that a role is
 * assumed once and not once per Region.
 */

import { TrailVerifyError } from '../base/errors.ts';
import { maskedUrl } from '../base/masked-url.ts';
import { isSigningRegion } from '../base/names.ts';
import type { AwsService, ConfiguredEndpoint, CredentialProvider, MfaCode } from './credentials.ts';
import { type Patience, patienceByServer } from './failure.ts';
import type { BoundedHandler, HandlerLimits } from './network/bounded-handler.ts';
import { type Network, readNetwork, type Way, wayTo } from './network/network.ts';
import { type Logger, SILENT } from './silent.ts';

/** How AWS is reached; everything absent comes from environment and shared config, as in the AWS tools. */
export interface AwsSettings {
  readonly profile?: string | undefined;
  /** A role to assume with the credentials that are found. */
  readonly roleArn?: string | undefined;
  /** Asks for the code of an MFA device, where the profile has one; sessions with the same function share its credentials. */
  readonly mfaCode?: MfaCode | undefined;
  /** One endpoint for all services; AWS_ENDPOINT_URL_S3 and its like set them one by one. */
  readonly endpointUrl?: string | undefined;
  readonly region?: string | undefined;
  /** Whether the caller says in every request to S3 that it pays for it, as buckets with Requester Pays demand (default false). */
  readonly requestPayer?: boolean | undefined;
  /** Tries of one request within the SDK (default 8). */
  readonly maxAttempts?: number | undefined;
  /** How long a server may take to the end of its headers, and stay silent in a body, in milliseconds (default 30,000). */
  readonly requestTimeoutMs?: number | undefined;
  /** Connections at once to one host (default 256); not below the number of requests in flight. */
  readonly connections?: number | undefined;
  /** Ends requests of all services but S3 that are in flight, and refuses those that would follow. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each service that is about to be asked at an endpoint of the settings, the environment or the profile. */
  readonly onEndpoint?: ((endpoint: ConfiguredEndpoint) => void) | undefined;
}

/** The settings that every AWS SDK client is built with. */
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

/** An opened access to AWS. */
export interface AwsSession {
  /** Whether every request to S3 says that the caller pays for it. */
  readonly requestPayer: boolean;
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
  /** The proxies and authorities that are set. Rejects with CONFIGURATION where they cannot be used. */
  network(): Promise<Network>;
  /** The way to the server of a URL; undefined for the plain one. Rejects as `network`. */
  wayTo(url: URL): Promise<Way | undefined>;
}

const DEFAULT_ATTEMPTS = 8;
const DEFAULT_TIMEOUT = 30_000;
const CONNECT_TIMEOUT = 10_000;
const DEFAULT_CONNECTIONS = 256;

/**
 * Opens access to AWS; nothing is asked yet, and nothing of the SDK loaded: a folder with keys of its own needs none. Throws
 * USAGE for an endpoint or Region that cannot be one.
 */
export function openAwsSession(settings: AwsSettings = {}): AwsSession {
  checkSettings(settings);
  const maxAttempts = settings.maxAttempts ?? DEFAULT_ATTEMPTS;
  const requestTimeoutMs = settings.requestTimeoutMs ?? DEFAULT_TIMEOUT;
  const connectTimeoutMs = Math.min(CONNECT_TIMEOUT, requestTimeoutMs);
  const connections = settings.connections ?? DEFAULT_CONNECTIONS;
  const patienceOf = patienceByServer(requestTimeoutMs);
  const { signal } = settings;
  const limits = { connections, connectMs: connectTimeoutMs, idleMs: requestTimeoutMs, patienceOf, signal };
  let access: Promise<Access> | undefined;
  let region: Promise<string> | undefined;
  let known: Promise<Network> | undefined;
  const network = (): Promise<Network> => {
    known ??= readNetwork(() => bundleOf(settings.profile));
    return known;
  };

  const clientSettings = async (service: AwsService, clientRegion: string): Promise<ClientSettings> => {
    const endpoint = await endpointOf(service, settings);
    access ??= openAccess(settings, clientRegion, { ...limits, network: await network() });
    const { credentials, requestHandler } = await access;
    return {
      region: clientRegion,
      credentials,
      ...(endpoint === undefined ? {} : { endpoint: endpoint.url }),
      // The settings are found above: the SDK would also look in another profile's settings, and not say so.
      ignoreConfiguredEndpointUrls: true,
      maxAttempts,
      retryMode: 'adaptive',
      // Never cacheMiddleware: it shares one context, and with it the endpoint, among all requests under way.
      logger: SILENT,
      requestHandler,
    };
  };

  return {
    requestPayer: settings.requestPayer ?? false,
    maxAttempts,
    requestTimeoutMs,
    connectTimeoutMs,
    connections,
    patienceOf,
    defaultRegion: () => {
      region ??= (async () => settings.region ?? (await regionOf(settings.profile)) ?? 'us-east-1')();
      return region;
    },
    clientSettings,
    endpointOf: (service) => findEndpoint(service, settings),
    network,
    wayTo: async (url) => wayTo(await network(), url),
  };
}

/** The same access in a role that its credentials assume, once for all clients. */
export function sessionOfRole(session: AwsSession, roleArn: string): AwsSession {
  let credentials: Promise<CredentialProvider> | undefined;
  const open = async (own: ClientSettings): Promise<CredentialProvider> => {
    const { assumeRole } = await import('./credentials.ts');
    const endpoint = await session.endpointOf('STS');
    return assumeRole(own.credentials, roleArn, own.region, own.requestHandler, endpoint);
  };
  return {
    ...session,
    clientSettings: async (service, region) => {
      const own = await session.clientSettings(service, region);
      credentials ??= open(own);
      return { ...own, credentials: await credentials };
    },
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
  const { configuredAs, configuredEndpoint } = await import('./credentials.ts');
  return endpointUrl === undefined
    ? configuredEndpoint(service, profile)
    : configuredAs(service, endpointUrl, 'option');
}

async function regionOf(profile: string | undefined): Promise<string | undefined> {
  const { configuredRegion } = await import('./credentials.ts');
  return configuredRegion(profile);
}

async function bundleOf(profile: string | undefined): Promise<string | undefined> {
  const { configuredBundle } = await import('./shared-config.ts');
  return configuredBundle(profile);
}

/** The parts that all clients of a session share. */
type Access = Pick<ClientSettings, 'credentials' | 'requestHandler'>;

async function openAccess(settings: AwsSettings, region: string, limits: HandlerLimits): Promise<Access> {
  const { boundedHandler } = await import('./network/bounded-handler.ts');
  const { openCredentials } = await import('./credentials.ts');
  const requestHandler = boundedHandler(limits);
  const stsEndpoint = (): Promise<ConfiguredEndpoint | undefined> => endpointOf('STS', settings);
  return {
    requestHandler,
    credentials: await openCredentials(settings, region, requestHandler, stsEndpoint),
  };
}

function checkSettings({ endpointUrl, region }: AwsSettings): void {
  if (endpointUrl !== undefined && !/^https?:$/.test(protocolOf(endpointUrl))) {
    throw new TrailVerifyError('USAGE', `not an endpoint: ${maskedUrl(endpointUrl)}`, {
      hint: 'an endpoint is a URL such as https://s3.example.com or http://127.0.0.1:9000',
    });
  }
  if (region !== undefined && !isSigningRegion(region)) {
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
