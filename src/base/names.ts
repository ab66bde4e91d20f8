/** The shapes of AWS's names: what an account, an organization, a Region and a bucket can be called. None says that it exists. */

const ACCOUNT = /^\d{12}$/;
const ORGANIZATION = /^o-[a-z0-9]{10,32}$/;
const REGION = /^(?=.{4,32}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/;
const SIGNING_REGION = /^[a-z][a-z0-9-]{2,40}$/;
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;

/** True for twelve digits. */
export function isAccountId(text: string): boolean {
  return ACCOUNT.test(text);
}

/** True for an AWS Organizations id, `o-` and 10 to 32 lower-case letters or digits (API reference, Organization). */
export function isOrganizationId(text: string): boolean {
  return ORGANIZATION.test(text);
}

/** True for the shape of a Region name, such as `us-gov-west-1` or `eusc-de-east-1`, known or not. */
export function isRegionName(text: string): boolean {
  return REGION.test(text);
}

/**
 * True for a Region that requests can be signed for. Other makers' S3 has Regions of one word, such as `default`; no such name holds
 * anything that a host name or a signature could be changed by.
 */
export function isSigningRegion(text: string): boolean {
  return SIGNING_REGION.test(text);
}

/**
 * True for the shape of a bucket's name, of any age: until 2018 a name in us-east-1 had up to 255 letters of either case, digits,
 * dots, hyphens and underscores (user guide, "Bucket naming rules").
 */
export function isBucketName(text: string): boolean {
  return BUCKET.test(text);
}

const ACCESS_POINT_ARN =
  /^arn:aws(?:-[a-z]+)*:s3:[a-z]{2,}(?:-[a-z]+)+-\d{1,2}:\d{12}:accesspoint[/:][a-z0-9][a-z0-9-]{1,48}[a-z0-9]$/;
const ACCESS_POINT_ALIAS = /^[a-z0-9][a-z0-9-]{2,54}-s3alias$/;

/** True for the ARN of an access point of one Region, and for the alias that S3 gives it (user guide, "Access points"). */
export function isAccessPoint(text: string): boolean {
  return ACCESS_POINT_ARN.test(text) || ACCESS_POINT_ALIAS.test(text);
}
