import type { EnabledRegion } from '../trail-description.ts';

/**
 * Which host names are AWS's own. A service answers in each Region under a name of a fixed form:
 *
 *     cloudtrail.us-east-1.amazonaws.com                       a Region's own, in the domain of its partition
 *     cloudtrail-fips.us-gov-west-1.amazonaws.com              with FIPS
 *     cloudtrail.eu-west-1.api.aws                             dual-stack
 *     vpce-0a1b2c3d4e5f6a7b8-abcd1234.cloudtrail.eu-west-1.vpce.amazonaws.com      an interface endpoint
 *
 * AWS gives customers names in these domains too, so nothing but the whole form counts: `cloudtrail.s3.amazonaws.com` is
 * somebody's bucket, and every API, function, load balancer and instance has a name below `amazonaws.com`. An interface
 * endpoint with a service's name leads to that service alone: those of customers are named `vpce-svc-…` in its place.
 */

/** The services that are asked, by the name they have in AWS_ENDPOINT_URL_<SERVICE> and in shared config (lower-case). */
export type AwsService =
  | 'S3'
  | 'CLOUDTRAIL'
  | 'STS'
  | 'ORGANIZATIONS'
  | 'ACCOUNT'
  | 'KMS'
  | 'CLOUDWATCH_LOGS';

interface Partition {
  /** The names of its Regions. */
  readonly regions: RegExp;
  readonly domain: string;
  readonly dualStackDomain: string;
}

/** As the SDK's own table of partitions has them, with Regions that are held to letters and digits. */
const PARTITIONS: readonly Partition[] = [
  {
    regions: /^(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d{1,2}$/,
    domain: 'amazonaws.com',
    dualStackDomain: 'api.aws',
  },
  { regions: /^us-gov-[a-z]+-\d{1,2}$/, domain: 'amazonaws.com', dualStackDomain: 'api.aws' },
  {
    regions: /^cn-[a-z]+-\d{1,2}$/,
    domain: 'amazonaws.com.cn',
    dualStackDomain: 'api.amazonwebservices.com.cn',
  },
  {
    regions: /^eusc-de-[a-z]+-\d{1,2}$/,
    domain: 'amazonaws.eu',
    dualStackDomain: 'api.amazonwebservices.eu',
  },
  { regions: /^us-iso-[a-z]+-\d{1,2}$/, domain: 'c2s.ic.gov', dualStackDomain: 'api.aws.ic.gov' },
  { regions: /^us-isob-[a-z]+-\d{1,2}$/, domain: 'sc2s.sgov.gov', dualStackDomain: 'api.aws.scloud' },
  {
    regions: /^eu-isoe-[a-z]+-\d{1,2}$/,
    domain: 'cloud.adc-e.uk',
    dualStackDomain: 'api.cloud-aws.adc-e.uk',
  },
  { regions: /^us-isof-[a-z]+-\d{1,2}$/, domain: 'csp.hci.ic.gov', dualStackDomain: 'api.aws.hci.ic.gov' },
];

/** True for a name that a Region of some partition can have, known or not. */
export function isAwsRegion(text: string): boolean {
  return PARTITIONS.some(({ regions }) => regions.test(text));
}

/** The beginning of a service's names, and those of its names that no Region is in. */
const NAMES: Readonly<Record<AwsService, { readonly label: string; readonly global?: string | undefined }>> =
  {
    CLOUDTRAIL: { label: 'cloudtrail' },
    ORGANIZATIONS: { label: 'organizations' },
    ACCOUNT: { label: 'account' },
    KMS: { label: 'kms' },
    CLOUDWATCH_LOGS: { label: 'logs' },
    STS: { label: 'sts', global: 'sts.amazonaws.com' },
    S3: { label: 's3', global: 's3.amazonaws.com' },
  };
/** The id of an interface endpoint, and its zone where it is of one zone. */
const INTERFACE_ENDPOINT = /^vpce-[0-9a-f]{8,17}-[a-z0-9]{4,16}(?:-[a-z0-9-]{5,24})?$/;

/** Where a request goes: as a URL has it, `port` undefined or '' for the usual one. */
export interface RequestPlace {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * Whether a request goes to AWS's own endpoint of `service`, over TLS at its usual port; where `region` is given, to that
 * Region's. A name in any other form is not AWS's, also one that a resolver would take for it (a dot at its end, capitals).
 */
export function isAwsEndpoint(
  service: AwsService,
  { protocol, hostname, port, username, password }: RequestPlace,
  region?: string,
): boolean {
  const isUsualPort = port === undefined || port === '' || Number(port) === 443;
  if (protocol !== 'https:' || !isUsualPort || username || password) return false;
  return isAwsHost(service, hostname, region);
}

function isAwsHost(service: AwsService, hostname: string, wanted: string | undefined): boolean {
  const { label, global } = NAMES[service];
  if (hostname === global) return wanted === undefined;
  return PARTITIONS.some(({ regions, domain, dualStackDomain }) => {
    const isRegion = (text: string): boolean =>
      regions.test(text) && (wanted === undefined || wanted === text);
    const privateDomain = `.vpce.${domain}`;
    if (hostname.endsWith(privateDomain)) {
      const parts = hostname.slice(0, -privateDomain.length).split('.');
      // An interface endpoint of S3 has one more name before it: bucket, accesspoint or control.
      if (service === 'S3' && parts.length === 4) parts.shift();
      const [id = '', name = '', region = ''] = parts;
      return (
        parts.length === 3 && INTERFACE_ENDPOINT.test(id) && isServiceName(name, label) && isRegion(region)
      );
    }
    return [domain, dualStackDomain].some((suffix) => {
      if (!hostname.endsWith(`.${suffix}`)) return false;
      const parts = hostname.slice(0, -suffix.length - 1).split('.');
      // S3 says `dualstack` between its name and the Region.
      if (service === 'S3' && parts.length === 3 && parts[1] === 'dualstack') parts.splice(1, 1);
      const [name = '', region = ''] = parts;
      return parts.length === 2 && isServiceName(name, label) && isRegion(region);
    });
  });
}

function isServiceName(name: string, label: string): boolean {
  return name === label || name === `${label}-fips`;
}

/**
 * The Regions of each partition, for a trail whose Regions nobody may list. As the SDK's own endpoint rules name them, which it
 * does not give out; a test holds this table to them. Regions that came before 20 March 2019 are enabled for every account and
 * cannot be switched off, nor can those of the other partitions (Account Management reference, "Enable or disable Regions").
 */

const ALWAYS_ON: Readonly<Record<string, readonly string[]>> = {
  aws: [
    'ap-northeast-1',
    'ap-northeast-2',
    'ap-northeast-3',
    'ap-south-1',
    'ap-southeast-1',
    'ap-southeast-2',
    'ca-central-1',
    'eu-central-1',
    'eu-north-1',
    'eu-west-1',
    'eu-west-2',
    'eu-west-3',
    'sa-east-1',
    'us-east-1',
    'us-east-2',
    'us-west-1',
    'us-west-2',
  ],
  'aws-cn': ['cn-north-1', 'cn-northwest-1'],
  'aws-eusc': ['eusc-de-east-1'],
  'aws-iso': ['us-iso-east-1', 'us-iso-west-1'],
  'aws-iso-b': ['us-isob-east-1', 'us-isob-west-1'],
  'aws-iso-e': ['eu-isoe-west-1'],
  'aws-iso-f': ['us-isof-east-1', 'us-isof-south-1'],
  'aws-us-gov': ['us-gov-east-1', 'us-gov-west-1'],
};

/** Regions that an account has to enable; all are of the partition `aws`. */
const OPT_IN: readonly string[] = [
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-south-1',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'me-west-1',
  'mx-central-1',
  'sa-west-1',
];

/** Every Region of a partition, and whether it can be switched off; empty for a partition that is not known. */
export function regionsOfPartition(partition: string): readonly EnabledRegion[] {
  const alwaysOn = (ALWAYS_ON[partition] ?? []).map((name) => ({ name, alwaysOn: true }));
  return partition === 'aws' ? [...alwaysOn, ...OPT_IN.map((name) => ({ name, alwaysOn: false }))] : alwaysOn;
}

/** Whether Node takes any certificate for good: it does with exactly this value, at the moment of each connection. */
export function acceptsAnyCertificate(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment.NODE_TLS_REJECT_UNAUTHORIZED === '0';
}
