import type { TrailArn } from './trail-arn.ts';

/** A Region that is enabled for the account, or was when the trail delivered there; `alwaysOn` where no account can switch it off. */
export interface EnabledRegion {
  readonly name: string;
  readonly alwaysOn: boolean;
  /** True for one that is not listed as enabled, though CloudTrail says that the trail delivered there. */
  readonly unlisted?: true;
}

/** GetTrailStatus in one Region. Times are milliseconds since the epoch. */
export interface TrailStatus {
  readonly region: string;
  readonly isLogging: boolean;
  readonly latestDigestDelivery?: number;
  readonly latestDigestError?: string;
  readonly startLogging?: number;
  readonly stopLogging?: number;
}

/** An account of the organization; `status` in the API's words, `joined` in milliseconds since the epoch. */
export interface MemberAccount {
  readonly id: string;
  readonly status: string;
  readonly joined?: number;
}

/** An organization and, where they could be listed, its accounts. */
export interface Organization {
  readonly id: string;
  readonly managementAccount?: string;
  readonly accounts: readonly MemberAccount[];
}

/** Something that could not be known, in words for the report. */
export interface TrailLimit {
  readonly code: string;
  readonly text: string;
}

/** What AWS says of a trail: plain data that can be kept as `trail.json`. Times are milliseconds since the epoch. */
export interface TrailDescription extends TrailArn {
  readonly bucket: string;
  /** '' or ending in `/`. */
  readonly prefix: string;
  readonly multiRegion: boolean;
  readonly organizationTrail: boolean;
  readonly validationEnabled: boolean;
  readonly kmsKeyId?: string;
  readonly organization?: Organization;
  /** Empty where they could not be listed. */
  readonly regions: readonly EnabledRegion[];
  readonly status: readonly TrailStatus[];
  readonly limits: readonly TrailLimit[];
}
