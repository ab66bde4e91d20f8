/** How a trail and its bucket are set up, as far as the caller may know: plain data, each answer known or refused. */

/** The answer to one question to AWS: its value, or why there is none. `action` is the IAM action that it needs. */
export type Asked<Value> =
  | { readonly known: true; readonly action: string; readonly value: Value }
  | { readonly known: false; readonly action: string; readonly denied: boolean; readonly detail: string };

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

/** One permission that was tried. `need` names the loss without it. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly need: 'verify' | 'expectations' | 'recover' | 'doctor';
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
