import { TEST_KEYS } from '../../test/support/test-keys.ts';
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts';
import type { Request } from './request.ts';

/** The ARN of the trail that the server describes. */
export const TRAIL_ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit';

/** Answers ListPublicKeys and DescribeTrails (JSON 1.1), in the Region that the request is signed for. */
export function answerCloudTrail(request: Request, bucket: string): Answer {
  const operation = /\r\nx-amz-target: *\S*\.(\w+)/i.exec(request.headers)?.[1] ?? '';
  const region = /Credential=[^/]+\/\d{8}\/([a-z0-9-]+)\//.exec(request.headers)?.[1] ?? 'us-east-1';
  if (operation === 'ListPublicKeys') {
    const keys = TEST_KEYS.filter((key) => key.region === region).map((key) => ({
      Fingerprint: key.fingerprint,
      Value: Buffer.from(key.value).toString('base64'),
      ValidityStartTime: key.validFrom / 1000,
      ValidityEndTime: key.validTo / 1000,
    }));
    return jsonAnswer({ PublicKeyList: keys });
  }
  if (operation !== 'DescribeTrails') return errorAnswer(400, 'UnknownOperationException');
  const trail = {
    Name: 'audit',
    S3BucketName: bucket,
    HomeRegion: 'us-east-1',
    TrailARN: TRAIL_ARN,
    LogFileValidationEnabled: true,
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: false,
    IsOrganizationTrail: false,
  };
  return jsonAnswer({ trailList: [trail] });
}
