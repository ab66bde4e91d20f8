/** What the versions of a digest tell that was removed from the end of its chain. */

import { DAY, isoTime } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import type { RunContext } from '../chain/chain-plan.ts';
import { checkDigest } from '../chain/check-digest.ts';
import { findingObject } from '../chain/finding-object.ts';
import { openDigest } from '../chain/open-digest.ts';
import { chainId, chainOf } from '../digest/chain-id.ts';
import type { DigestKey } from '../digest/digest-key.ts';
import type { FindingOf, ObjectHistory } from '../findings/finding.ts';
import type { ExpiryRule, ListedVersion, ObjectRef, Source } from '../source/source.ts';
import { MOST_COMPARED, timeOf } from './versions.ts';

/** A digest that only a delete marker is left of, and what its name says. */
export interface Removed extends ObjectRef {
  readonly named: DigestKey;
}

interface Look {
  readonly history: ObjectHistory;
  readonly intact: { readonly sha256: string; readonly written: number | undefined } | undefined;
  /** What lies on the version that is intact, or is newest where none is. */
  readonly marker: ListedVersion | undefined;
}

/**
 * What is to tell of a removed digest: a violation where a version carries AWS's signature, unless a lifecycle rule may have
 * removed it. Rejects with INTERNAL and foreign errors.
 */
export async function describeRemoved(
  removed: Removed,
  context: RunContext,
): Promise<FindingOf<'DIGEST_REMOVED'>> {
  const about = aboutRemoved(removed, context);
  try {
    const { history, intact, marker } = await look(removed, context);
    if (intact === undefined) return { ...about, weight: 'unproven', evidence: {}, history };
    const expiry = await expiryOf(removed, intact.written, marker, context.source);
    const evidence = {
      expected: intact.sha256,
      ...(expiry.rule === undefined ? {} : { mayHaveExpiredBy: expiry.rule }),
    };
    return { ...about, weight: expiry.isPossible ? 'unproven' : 'violation', evidence, history };
  } catch (error) {
    // What was found so far must not be lost to what cannot be told of it.
    if (!isInability(error)) throw error;
    return { ...about, weight: 'unproven', evidence: {} };
  }
}

/** What a finding of a removed digest is about. */
export function aboutRemoved(
  { bucket, key, named }: Removed,
  { moves }: Pick<RunContext, 'moves'>,
): Omit<FindingOf<'DIGEST_REMOVED'>, 'weight' | 'evidence'> {
  return {
    code: 'DIGEST_REMOVED',
    object: findingObject({ bucket, key }, moves),
    chain: chainId(chainOf(named)),
    time: isoTime(named.endTime),
  };
}

/** Looks for a version that carries AWS's signature, newest first. */
async function look({ bucket, key, named }: Removed, { source, keyRing, moves }: RunContext): Promise<Look> {
  const expected = { chain: chainOf(named), keyRing, moves, endTime: named.endTime };
  const rows = (await source.versions?.({ bucket, key })) ?? [];
  let [compared, unread] = [0, 0];
  for (const [at, row] of rows.entries()) {
    if (row.deleteMarker) continue;
    const isBounded = compared + unread < MOST_COMPARED;
    const opened = isBounded
      ? await openDigest(source, { bucket, key, versionId: row.versionId })
      : undefined;
    if (opened === undefined || opened.state === 'absent' || opened.state === 'unreadable') {
      unread += 1;
      continue;
    }
    compared += 1;
    const { digest } = await checkDigest(opened, expected);
    if (digest === undefined) continue;
    const intact = { versionId: row.versionId, ...timeOf(row) };
    return {
      history: { ...actOf(rows[at - 1]), versions: rows.length, compared, unread, intact },
      intact: { sha256: digest.sha256, written: row.lastModified },
      marker: rows[at - 1],
    };
  }
  const history = { ...actOf(rows[0]), versions: rows.length, compared, unread };
  return { history, intact: undefined, marker: rows[0] };
}

/** Whether a lifecycle rule may have written the delete marker, and which: such a rule takes a day's objects in no order. */
async function expiryOf(
  { bucket, key }: Removed,
  written: number | undefined,
  marker: ListedVersion | undefined,
  source: Source,
): Promise<{ readonly isPossible: boolean; readonly rule?: string }> {
  const deleted = marker?.deleteMarker === true ? marker.lastModified : undefined;
  if (written === undefined || deleted === undefined) return { isPossible: false };
  try {
    const retention = await source.retention?.(bucket);
    const rule = expiryRule(retention?.expiry ?? [], key, written, deleted);
    return rule === undefined ? { isPossible: false } : { isPossible: true, rule: rule.id };
  } catch (error) {
    // Whoever deleted the digest may also refuse to show the rules: that excuses nothing. Another limit tells of the refusal.
    if (!isInability(error)) throw error;
    return { isPossible: false };
  }
}

/** The first of lifecycle rules that may have deleted an object of this key, written and deleted at these times. */
export function expiryRule(
  rules: readonly ExpiryRule[],
  key: string,
  written: number | undefined,
  deleted: number | undefined,
): ExpiryRule | undefined {
  if (written === undefined || deleted === undefined) return undefined;
  return rules.find(
    ({ prefix, days, date }) =>
      key.startsWith(prefix) &&
      ((days !== undefined && deleted - written >= days * DAY) || (date !== undefined && deleted >= date)),
  );
}

function actOf(acting: ListedVersion | undefined): Pick<ObjectHistory, 'act' | 'time' | 'versionId'> {
  if (acting === undefined) return { act: 'unknown' };
  const act = acting.deleteMarker ? 'deleted' : 'overwritten';
  return { act, ...timeOf(acting), versionId: acting.versionId };
}

/** Whether the error says that something could not be looked at, rather than that the program is at fault. */
export function isInability(error: unknown): error is TrailVerifyError {
  return error instanceof TrailVerifyError && error.code !== 'INTERNAL';
}
