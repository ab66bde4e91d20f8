/**
 * The Regions of each partition, for a trail whose Regions nobody may list. As the SDK's own endpoint rules name them, which it
 * does not give out; a test holds this table to them. Regions that came before 20 March 2019 are enabled for every account and
 * cannot be switched off, nor can those of the other partitions (Account Management reference, "Enable or disable Regions").
 */
import type { EnabledRegion } from './trail-description.ts';

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
