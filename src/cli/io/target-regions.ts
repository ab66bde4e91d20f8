import type { AwsSession } from '../../aws/session.ts';
import { describeTrail } from '../../aws/trail.ts';
import { type TargetRegions, targetRegions } from '../../chain/target-regions.ts';
import { openS3 } from '../../source/s3/s3-source.ts';
import type { AccessSettings } from '../options/access.ts';
import type { LayoutSettings, Place } from '../options/place.ts';
import { openLocal, throughAccessPoint } from './open-target.ts';

/** The Regions of a bucket, a trail or a copy, by the names of its folders. Throws TrailVerifyError where it has none. */
export async function regionsOf(
  { place, layout }: { readonly place: Place; readonly layout: LayoutSettings },
  session: AwsSession,
  access: AccessSettings,
): Promise<TargetRegions> {
  if (place.kind === 'folder') {
    const folder = await openLocal(place.path, layout, undefined);
    return targetRegions(folder, folder.targets);
  }
  const { bucket, prefix } = place.kind === 'trail' ? await describeTrail(place.arn, session) : place;
  const source = throughAccessPoint(openS3(session, `s3://${bucket}/${prefix}`), place, access);
  return targetRegions(source, [{ bucket, prefix }]);
}
