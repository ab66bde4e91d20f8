import { isoTime } from '../base/clock.ts';
import { type ErrorCode, isObjectError, TrailVerifyError } from '../base/errors.ts';
import { findingObject } from '../chain/check-digest.ts';
import type { Place } from '../chain/discover.ts';
import type { RunContext } from '../chain/list-digests.ts';
import { CATALOGUE } from '../findings/catalogue.ts';
import type { Limit } from '../findings/event.ts';
import {
  type Finding,
  type FindingCode,
  type FindingOf,
  makeFinding,
  type ObjectHistory,
} from '../findings/finding.ts';
import { checkLog, MAX_LOG_FILE } from '../logs/check-log.ts';
import type { BucketRetention, ExpiryRule, ListedVersion, ObjectRef, Source } from '../source/source.ts';

/** The fate of objects that are missing or not as signed: read from their versions, where the bucket keeps any. */

/** Objects looked up in one run, a few requests each: a wiped bucket must not make the run last for days. */
const MOST_LOOKUPS = 2000;
/** Older versions of one object that are read and compared. */
export const MOST_COMPARED = 20;

/** The SHA-256 that evidence gives the content of a finding's object, where the versions of that object are worth a look. */
export function signedHash<Code extends FindingCode>(
  finding: FindingOf<Code>,
): { readonly expected: string | undefined } | undefined {
  const read = CATALOGUE[finding.code].signedHash;
  return read === undefined ? undefined : { expected: read(finding.evidence) };
}

/** An object's versions, and which of them still has the signed hash. */
export interface FoundVersions {
  readonly history: ObjectHistory;
  readonly intact: ListedVersion | undefined;
  /** Whether the intact version is the one that a reader of the object gets; set only where the current version is compared. */
  readonly isInPlace: boolean;
}

/**
 * Looks up one object's versions and compares the older ones with the SHA-256 (hex) of the content that was signed;
 * every one where `includesCurrent`. Throws as `Source.versions` does.
 */
export async function findVersions(
  source: Source,
  ref: ObjectRef,
  expected: string | undefined,
  includesCurrent = false,
): Promise<FoundVersions> {
  const rows = (await source.versions?.({ bucket: ref.bucket, key: ref.key })) ?? [];
  let compared = 0;
  let unread = 0;
  let intactAt: number | undefined;
  for (const [at, row] of rows.entries()) {
    if (row.deleteMarker || (at === 0 && !includesCurrent)) continue;
    if (expected === undefined || compared + unread >= MOST_COMPARED) {
      unread += 1;
      continue;
    }
    const agrees = await hasContent(source, { ...ref, versionId: row.versionId }, expected);
    if (agrees === undefined) unread += 1;
    else compared += 1;
    if (agrees === true) {
      intactAt = at;
      break;
    }
  }
  const intact = intactAt === undefined ? undefined : rows[intactAt];
  // What replaced the intact version is what happened to it; later writes only hid it deeper.
  const acting = intactAt === undefined ? rows[0] : rows[intactAt - 1];
  const tells = acting !== undefined && (acting.deleteMarker || rows.length > 1);
  return {
    intact,
    isInPlace: intactAt === 0,
    history: {
      act: !tells ? 'unknown' : acting.deleteMarker ? 'deleted' : 'overwritten',
      ...(tells ? { ...timeOf(acting), versionId: acting.versionId } : {}),
      versions: rows.length,
      compared,
      unread,
      ...(intact === undefined ? {} : { intact: { versionId: intact.versionId, ...timeOf(intact) } }),
    },
  };
}

async function hasContent(source: Source, ref: ObjectRef, expected: string): Promise<boolean | undefined> {
  try {
    const { bytes } = await source.open(ref, { maxBytes: MAX_LOG_FILE });
    return (await checkLog(bytes, expected)).result === 'agrees';
  } catch (error) {
    if (isObjectError(error)) return undefined;
    throw error;
  }
}

/** When a version was written (ISO 8601 UTC), where that is known. */
export function timeOf({ lastModified }: ListedVersion): { readonly time?: string | undefined } {
  return lastModified === undefined ? {} : { time: isoTime(lastModified) };
}

/** Reports a bucket whose versions may not be listed; the same words count once. */
export function tellRefused(limit: (code: Limit['code'], text: string) => void, bucket: string): void {
  limit(
    'VERSIONS_NOT_SEEN',
    `Object versions in bucket ${bucket} could not be listed (s3:ListBucketVersions), so this report does not say what became of missing or changed objects, or whether a chain was deleted whole.`,
  );
}

/** Errors that say nothing of the versions that were asked for. */
const ENDS_RUN: ReadonlySet<ErrorCode> = new Set(['CREDENTIALS', 'INTERNAL', 'INTERRUPTED']);

/** Adds to findings what their objects' versions say; a source without versions leaves every finding as it is. */
export class HistoryLookup {
  readonly #source: Source;
  readonly #limit: (code: string, text: string) => void;
  readonly #found = new Map<string, Promise<ObjectHistory | undefined>>();
  readonly #refused = new Set<string>();
  #isFull = false;

  constructor(source: Source, limit: (code: Limit['code'], text: string) => void) {
    this.#source = source;
    this.#limit = limit;
  }

  /** The finding, with its object's history where there is one. Rejects only with errors that end the run. */
  async explain(finding: Finding): Promise<Finding> {
    const signed = signedHash(finding);
    if (this.#source.versions === undefined || signed === undefined) return finding;
    const { object } = finding;
    const name = `${object.uri} ${signed.expected ?? ''}`;
    let found = this.#found.get(name);
    if (found === undefined) {
      if (this.#found.size >= MOST_LOOKUPS) {
        this.#tellFull();
        return finding;
      }
      found = this.#look({ bucket: object.bucket, key: object.key }, signed.expected);
      this.#found.set(name, found);
    }
    const history = await found;
    return history === undefined ? finding : { ...finding, history };
  }

  async #look(ref: ObjectRef, expected: string | undefined): Promise<ObjectHistory | undefined> {
    if (this.#refused.has(ref.bucket)) return undefined;
    try {
      return (await findVersions(this.#source, ref, expected)).history;
    } catch (error) {
      if (!(error instanceof TrailVerifyError) || ENDS_RUN.has(error.code)) throw error;
      if (!this.#refused.has(ref.bucket)) {
        this.#refused.add(ref.bucket);
        tellRefused(this.#limit, ref.bucket);
      }
      return undefined;
    }
  }

  #tellFull(): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#limit(
      'VERSIONS_NOT_SEEN',
      `The versions of the first ${MOST_LOOKUPS} missing or changed objects were looked up, those of the others were not.`,
    );
  }
}

/** The lifecycle rules that reach into the folders of `places`; a bucket that may not be asked becomes a limit. */
export async function expiryFindings(
  places: readonly Place[],
  context: Pick<RunContext, 'source' | 'relocations' | 'limit'>,
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
      `Lifecycle rules and Object Lock of bucket ${bucket} could not be read, so this report does not say whether evidence will expire.`,
    );
    return undefined;
  }
}

function expiry(
  bucket: string,
  rule: ExpiryRule,
  { versioning, objectLock }: BucketRetention,
  { relocations }: Pick<RunContext, 'relocations'>,
): Finding {
  const { id, prefix, days, date, noncurrentDays } = rule;
  const object = findingObject({ bucket, key: prefix }, relocations);
  return makeFinding(
    'EVIDENCE_MAY_EXPIRE',
    { object },
    {
      rule: id,
      prefix,
      days,
      date: date === undefined ? undefined : isoTime(date),
      noncurrentDays,
      versioning,
      objectLock: objectLock !== undefined,
      lockDays: objectLock?.days,
    },
  );
}
