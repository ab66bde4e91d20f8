/** A plan as the commands name it that divide a run over machines. */
import { isAccessPoint } from '../../base/names.ts';
import { UsageError } from './common.ts';
import { parseS3Place } from './place.ts';

/** The place of a plan: a folder, or what is below a prefix ('' or ending in `/`) of a bucket. */
export type PlanPlace =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** The place of a plan; `name` is what errors call it. Throws UsageError. */
export function parsePlanPlace(text: string, name: string): PlanPlace {
  if (text === '') throw new UsageError(`${name} is empty`, 'give a folder or s3://bucket/prefix');
  if (!/^s3:/i.test(text)) {
    if (!/^(?:arn:|[a-z][a-z0-9+.-]+:\/\/)/i.test(text)) return { kind: 'folder', path: text };
    throw new UsageError(
      `${name}: ${JSON.stringify(text)} is no place for a plan`,
      'give a folder or s3://bucket/prefix',
    );
  }
  const { bucket, prefix } = parseS3Place(text, name);
  if (isAccessPoint(bucket))
    throw new UsageError(`${name}: ${JSON.stringify(text)} is an access point`, 'give the bucket itself');
  if (prefix === '')
    throw new UsageError(
      `${name}: ${JSON.stringify(text)} has no prefix`,
      'give one for this plan alone: s3://bucket/prefix',
    );
  return { kind: 's3', bucket, prefix };
}
