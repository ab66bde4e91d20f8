import { TrailVerifyError } from '../base/errors.ts';
import type { Action, Need } from './permissions.ts';

/** A Region that is enabled for the account, or was when the trail delivered there; `alwaysOn` where no account can switch it off. */
export interface EnabledRegion {
  readonly name: string;
  readonly alwaysOn: boolean;
  /** True for one that is not listed as enabled, though CloudTrail says that the trail delivered there. */
  readonly unlisted?: true | undefined;
}

/** GetTrailStatus in one Region. Times are milliseconds since the epoch. */
export interface TrailStatus {
  readonly region: string;
  readonly isLogging: boolean;
  readonly latestDigestDelivery?: number | undefined;
  readonly latestDigestError?: string | undefined;
  readonly startLogging?: number | undefined;
  readonly stopLogging?: number | undefined;
}

/** An account of the organization; `status` in the API's words, `joined` in milliseconds since the epoch. */
export interface MemberAccount {
  readonly id: string;
  readonly status: string;
  readonly joined?: number | undefined;
}

/** An organization and, where they could be listed, its accounts. */
export interface Organization {
  readonly id: string;
  readonly managementAccount?: string | undefined;
  readonly accounts: readonly MemberAccount[];
}

/** Something that could not be known, in words for the report. */
export interface TrailLimit {
  readonly code: string;
  readonly text: string;
}

/** AWS's description of a trail: plain data that can be kept as `trail.json`. Times are milliseconds since the epoch. */
export interface TrailDescription extends TrailArn {
  readonly bucket: string;
  /** '' or ending in `/`. */
  readonly prefix: string;
  readonly multiRegion: boolean;
  readonly organizationTrail: boolean;
  readonly validationEnabled: boolean;
  readonly kmsKeyId?: string | undefined;
  readonly organization?: Organization | undefined;
  /** Empty where they could not be listed. */
  readonly regions: readonly EnabledRegion[];
  readonly status: readonly TrailStatus[];
  readonly limits: readonly TrailLimit[];
}

/** The parts of a trail's ARN; its Region is the trail's home Region. */
export interface TrailArn {
  readonly arn: string;
  readonly partition: string;
  readonly homeRegion: string;
  readonly account: string;
  readonly name: string;
}

/** Any partition's: aws, aws-cn, aws-us-gov, aws-eusc, aws-iso and its letters, and those to come. */
const TRAIL_ARN =
  /^arn:(aws(?:-[a-z0-9-]{1,20})?):cloudtrail:([a-z][a-z0-9-]{2,40}):(\d{12}):trail\/([A-Za-z0-9._-]{1,128})$/;

/** True for a text that is meant to be an ARN, right or wrong. */
export function looksLikeArn(text: string): boolean {
  return /^arn:/i.test(text);
}

/** Reads a trail's ARN, `arn:aws:cloudtrail:eu-west-1:111122223333:trail/name`. Throws USAGE for anything else. */
export function parseTrailArn(text: string): TrailArn {
  const [arn, partition, homeRegion, account, name] = TRAIL_ARN.exec(text) ?? [];
  if (
    arn === undefined ||
    partition === undefined ||
    homeRegion === undefined ||
    account === undefined ||
    name === undefined
  ) {
    throw new TrailVerifyError('USAGE', `not a trail's ARN: ${text}`, {
      hint: 'a trail\'s ARN is like arn:aws:cloudtrail:eu-west-1:111122223333:trail/name; "aws cloudtrail list-trails" shows them',
    });
  }
  return { arn, partition, homeRegion, account, name };
}

/** How a trail and its bucket are set up, as far as the caller may know: plain data, each answer known or refused. */

/** The answer to one question to AWS: its value, or why there is none. `action` is the IAM action that it needs. */
export type Asked<Value> =
  | { readonly known: true; readonly action: Action; readonly value: Value }
  | { readonly known: false; readonly action: Action; readonly denied: boolean; readonly detail: string };

/** One field of an advanced event selector, in the API's words. */
export interface FieldSelector {
  readonly field: string;
  readonly equals: readonly string[];
  readonly startsWith: readonly string[];
  /** True where the field narrows in another way (endsWith or a negation). */
  readonly narrows: boolean;
  readonly notEquals: readonly string[];
}

/** The events that a trail records: basic selectors, or advanced ones (each a list of fields that must all match). */
export interface EventSelectors {
  readonly basic: readonly {
    readonly readWriteType: string;
    readonly management: boolean;
    readonly excludedSources: readonly string[];
    readonly dataResources: readonly { readonly type: string; readonly values: readonly string[] }[];
  }[];
  readonly advanced: readonly (readonly FieldSelector[])[];
}

/** One trail. */
export interface TrailPosture {
  readonly arn: string;
  readonly name: string;
  readonly homeRegion: string;
  readonly bucket: string;
  /** '' or ending in `/`. */
  readonly prefix: string;
  readonly multiRegion: boolean;
  readonly organizationTrail: boolean;
  readonly validation: boolean;
  readonly kmsKeyId?: string | undefined;
  readonly logGroup?: string | undefined;
  readonly logging: Asked<boolean>;
  readonly tags: Asked<number>;
  readonly selectors: Asked<EventSelectors>;
}

/** One bucket; an absent configuration is a known `undefined`. */
export interface BucketPosture {
  readonly bucket: string;
  readonly versioning: Asked<{ readonly status: string; readonly mfaDelete: boolean }>;
  readonly objectLock: Asked<
    { readonly mode?: string | undefined; readonly days?: number | undefined } | undefined
  >;
  readonly lifecycle: Asked<readonly { readonly id: string; readonly prefix: string }[]>;
  readonly policy: Asked<string | undefined>;
  readonly policyPublic: Asked<boolean>;
  readonly aclPublic: Asked<boolean>;
  readonly publicAccessBlock: Asked<boolean>;
  readonly accessLogBucket: Asked<string | undefined>;
}

/** What is lost without a permission that `doctor` tries. */
export type TriedNeed = Extract<Need, 'verify' | 'expectations' | 'recover' | 'corroborate' | 'doctor'>;

/** One permission that was tried. `need` names the loss without it. */
export interface Permission {
  readonly action: Action;
  readonly resource: string;
  readonly need: TriedNeed;
  readonly result: 'granted' | 'missing' | 'not-tried';
  readonly detail?: string | undefined;
}

/** All that a diagnosis rests on. */
export interface Posture {
  readonly target: string;
  /** Of all ARNs: `aws`, `aws-cn`, `aws-us-gov` and so on. */
  readonly partition: string;
  readonly trails: Asked<readonly TrailPosture[]>;
  readonly bucket: BucketPosture;
  readonly permissions: readonly Permission[];
}
