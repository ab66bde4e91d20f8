/** How the trails that a caller may see are set up. */

import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import type { AwsSession } from '../session.ts';
import type { Asked, TrailPosture } from '../trail-description.ts';
import { ask, mapAsked } from './ask.ts';
import { readEventSelectors } from './event-selectors.ts';

/** The trails that `isWanted` chooses among those seen in a Region, each as it is set up. Throws CREDENTIALS. */
export async function readTrailPostures(
  session: AwsSession,
  region: string,
  isWanted: (trail: { readonly arn: string; readonly bucket: string }) => boolean,
): Promise<Asked<readonly TrailPosture[]>> {
  const listed = await withClient(session, region, (client) =>
    ask('cloudtrail:DescribeTrails', () =>
      client.send(new cloudtrail.DescribeTrailsCommand({ includeShadowTrails: true })),
    ),
  );
  if (!listed.known) return listed;
  const postures: TrailPosture[] = [];
  for (const trail of listed.value.trailList ?? []) {
    const { TrailARN: arn, S3BucketName: bucket } = trail;
    if (arn !== undefined && bucket !== undefined && isWanted({ arn, bucket }))
      postures.push(await readTrail({ ...trail, TrailARN: arn, S3BucketName: bucket }, session));
  }
  return { ...listed, value: postures };
}

async function readTrail(
  trail: cloudtrail.Trail & { readonly TrailARN: string; readonly S3BucketName: string },
  session: AwsSession,
): Promise<TrailPosture> {
  const { TrailARN: arn, S3BucketName: bucket } = trail;
  const homeRegion = trail.HomeRegion ?? arn.split(':')[3] ?? '';
  const prefix = (trail.S3KeyPrefix ?? '').replace(/\/+$/, '');
  return withClient(session, homeRegion, async (client) => {
    const status = await ask('cloudtrail:GetTrailStatus', () =>
      client.send(new cloudtrail.GetTrailStatusCommand({ Name: arn })),
    );
    const tags = await ask('cloudtrail:ListTags', () =>
      client.send(new cloudtrail.ListTagsCommand({ ResourceIdList: [arn] })),
    );
    const selectors = await ask('cloudtrail:GetEventSelectors', async () =>
      readEventSelectors(await client.send(new cloudtrail.GetEventSelectorsCommand({ TrailName: arn }))),
    );
    return {
      arn,
      name: trail.Name ?? '',
      homeRegion,
      bucket,
      prefix: prefix === '' ? '' : `${prefix}/`,
      multiRegion: trail.IsMultiRegionTrail === true,
      organizationTrail: trail.IsOrganizationTrail === true,
      validation: trail.LogFileValidationEnabled === true,
      kmsKeyId: trail.KmsKeyId,
      logGroup: trail.CloudWatchLogsLogGroupArn,
      logging: mapAsked(status, (answer) => answer.IsLogging === true),
      tags: mapAsked(tags, (answer) => answer.ResourceTagList?.[0]?.TagsList?.length ?? 0),
      selectors,
    };
  });
}

async function withClient<Result>(
  session: AwsSession,
  region: string,
  use: (client: cloudtrail.CloudTrailClient) => Promise<Result>,
): Promise<Result> {
  const client = new cloudtrail.CloudTrailClient(await session.clientSettings('CLOUDTRAIL', region));
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}
