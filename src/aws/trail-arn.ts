import { TrailVerifyError } from '../base/errors.ts';

/** What a trail's ARN says; its Region is the trail's home Region. */
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

/** True for what is meant to be an ARN, right or wrong. */
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
