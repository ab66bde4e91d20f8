import { isoTime } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import type { RunContext } from '../chain/chain-plan.ts';
import type { Place } from '../chain/discover.ts';
import { findingObject } from '../chain/finding-object.ts';
import type { Finding } from '../findings/finding.ts';
import type { BucketRetention, ExpiryRule } from '../source/source.ts';

/** The lifecycle rules that reach into the folders of `places`; a bucket that may not be asked is told as a limit. */
export async function expiryFindings(
  places: readonly Place[],
  context: Pick<RunContext, 'source' | 'moves' | 'limit'>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const folders = places.flatMap((place) => place.folders);
  for (const bucket of new Set(folders.map((folder) => folder.bucket))) {
    const retention = await retentionOf(bucket, context);
    const prefixes = folders.filter((folder) => folder.bucket === bucket).map(accountFolder);
    for (const rule of retention?.expiry ?? []) {
      const touches = prefixes.some(
        (prefix) => rule.prefix.startsWith(prefix) || prefix.startsWith(rule.prefix),
      );
      if (retention !== undefined && touches) findings.push(expiry(bucket, rule, retention, context));
    }
  }
  return findings;
}

function accountFolder({ prefix, organization, account }: Place['folders'][number]): string {
  return `${prefix}AWSLogs/${organization === undefined ? '' : `${organization}/`}${account}/`;
}

async function retentionOf(
  bucket: string,
  { source, limit }: Pick<RunContext, 'source' | 'limit'>,
): Promise<BucketRetention | undefined> {
  try {
    return await source.retention?.(bucket);
  } catch (error) {
    if (!(error instanceof TrailVerifyError) || error.code === 'INTERNAL') throw error;
    limit(
      'RETENTION_NOT_SEEN',
      `Lifecycle rules and Object Lock of bucket ${bucket} could not be read, so whether evidence will expire is not told.`,
    );
    return undefined;
  }
}

function expiry(
  bucket: string,
  rule: ExpiryRule,
  { versioning, objectLock }: BucketRetention,
  { moves }: Pick<RunContext, 'moves'>,
): Finding {
  const { id, prefix, days, date, noncurrentDays } = rule;
  return {
    code: 'EVIDENCE_MAY_EXPIRE',
    weight: 'note',
    object: findingObject({ bucket, key: prefix }, moves),
    evidence: {
      rule: id,
      prefix,
      ...(days === undefined ? {} : { days }),
      ...(date === undefined ? {} : { date: isoTime(date) }),
      ...(noncurrentDays === undefined ? {} : { noncurrentDays }),
      versioning,
      objectLock: objectLock !== undefined,
      ...(objectLock?.days === undefined ? {} : { lockDays: objectLock.days }),
    },
  };
}
