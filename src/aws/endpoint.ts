import { loadConfig } from '@smithy/core/config';
import { type AwsService, isAwsEndpoint } from './hosts.ts';

export type { AwsService };

/** An endpoint that took the place of the usual one of a service, and where it was set. */
export interface ConfiguredEndpoint {
  readonly service: AwsService;
  readonly url: string;
  readonly source: 'option' | 'environment' | 'profile';
  /** Whether it is one of AWS's own endpoints of that service, over TLS. */
  readonly aws: boolean;
}

/** The profile that AWS_PROFILE or `profile` names; the SDK's own choice where both are absent. */
function ofProfile(profile: string | undefined): { profile?: string } {
  return profile === undefined ? {} : { profile };
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
