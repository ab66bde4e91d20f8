/** The form of the table: what `aws cloudtrail validate-logs` says of a scenario, what we say, and why where we differ. */
import type { Scenario } from '../../fixtures/scenario.ts';
import type { AwsServer, AwsServerOptions, TrailData } from '../support/aws-server.ts';

/**
 * How the two compare. `agree`: the same objects, and exit 0 where we say VALID. `aws misses`: it exits 0 although
 * something is wrong or unproven or nothing was looked at, or it names fewer objects. `aws false alarm`: it calls an
 * object INVALID of which we find nothing, or no more than that it could not be read. `aws aborts`: no verdict at all.
 */
export type Relation = 'agree' | 'aws misses' | 'aws false alarm' | 'aws aborts';

/** What aws says, exactly, and how that compares with us. `why` is there wherever the two do not agree. */
export interface Said {
  readonly says: string;
  readonly relation: Relation;
  readonly why?: string;
}

/** What aws said before and since the releases of version 1 and of version 2 that changed it; undefined: not changed in it. */
export interface ByVersion {
  readonly changedIn: readonly [version1: string | undefined, version2: string | undefined];
  readonly before: Said;
  readonly since: Said;
}

/** What both tools are asked, beyond the usual: the trail `audit` of 111122223333 in us-east-1, from the start of its logging. */
export interface Question {
  readonly account?: string;
  readonly trail?: string;
  readonly homeRegion?: string;
  /** As it is given to both. */
  readonly startTime?: string;
  /** How the trail's description differs: its bucket is the scenario's first target. */
  readonly described?: Partial<TrailData>;
  /** Further arguments of validate-logs. */
  readonly options?: readonly string[];
  /** The Region of the caller's environment, if it is not the trail's. */
  readonly callerRegion?: string;
  /** Where we look, if not where the trail's description says: what `--s3-bucket` and `--s3-prefix` are for. */
  readonly place?: { readonly bucket: string; readonly prefix: string };
  /** When GetTrailStatus says the newest digest was delivered (milliseconds since the epoch). */
  readonly lastDelivered?: number;
  readonly server?: Partial<AwsServerOptions>;
  /** Whether we believe the public keys that the server lists, as tests must (default true). */
  readonly trustEndpointKeys?: boolean;
  /** Called on the server of either tool before it begins. */
  readonly prepare?: (server: AwsServer) => void;
}

/** One row. */
export interface Row {
  readonly title: string;
  /** The name of a folder in fixtures, or a builder of this test's own. */
  readonly scenario: string | (() => Scenario);
  readonly question?: Question;
  readonly aws: Said | ByVersion;
  /** The verdict and, in alphabetical order, the codes with their counts. */
  readonly ours: string;
}

/** What aws says in `version`, and in words which branch that is where a row has two. */
export function saidIn(
  version: string,
  aws: Said | ByVersion,
): { readonly said: Said; readonly branch?: string } {
  if (!('changedIn' in aws)) return { said: aws };
  const [version1, version2] = aws.changedIn;
  const change = version.startsWith('1.') ? version1 : version2;
  if (change === undefined) return { said: aws.before, branch: 'not changed in this major version' };
  const isBefore = version.localeCompare(change, 'en', { numeric: true }) < 0;
  return isBefore
    ? { said: aws.before, branch: `before ${change}` }
    : { said: aws.since, branch: `since ${change}` };
}

/** The releases that know backfill digests (changelog of the AWS CLI, 2026-02-11). */
export const BACKFILL: ByVersion['changedIn'] = ['1.44.37', '2.33.20'];
/** The releases that refuse log files with data behind the first gzip member (changelog of the AWS CLI, 2026-05-20). */
export const TRAILING_DATA: ByVersion['changedIn'] = ['1.45.12', '2.34.51'];
