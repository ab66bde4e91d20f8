/**
 * Chains told as aws-cli's tests tell them: a list of actions, oldest first.
 *
 *     gap            a digest that knows no predecessor
 *     link           a digest that names the one before it
 *     missing        a link that was deleted
 *     invalid        a link that was changed
 *     bucket_change  a link in another bucket than the one before it
 */
import { HOUR, MINUTE } from '../../src/base/clock.ts';
import { changeRecordedHash, deleteObject, editContent } from '../support/damage.ts';
import { ObjectStore } from '../support/object-store.ts';
import type { DeliveredDigest } from '../support/test-digest.ts';
import { TestTrail } from '../support/test-trail.ts';

/** One step in the making of a chain. */
export type Action = 'gap' | 'link' | 'missing' | 'invalid' | 'bucket_change';

/** A chain that was made: the digest of each action, and a time at which all of it has been delivered (milliseconds since the epoch). */
export interface MadeChain {
  readonly store: ObjectStore;
  readonly digests: readonly DeliveredDigest[];
  readonly now: number;
}

const START = Date.parse('2026-10-05T09:12:37Z');
const PLACE = { account: '111122223333', region: 'us-east-1', trail: 'foo' };

/** Makes a chain of standard digests with one log file each; the first action must be `gap`. */
export function standardChain(actions: readonly Action[]): MadeChain {
  const store = new ObjectStore(() => START);
  const trail = new TestTrail({ store, bucket: 'bucket-1', ...PLACE, startLogging: START });
  for (const [index, action] of actions.slice(1).entries()) {
    if (action === 'bucket_change') trail.moveTo({ bucket: `bucket-${index + 2}` });
    if (action === 'gap') trail.restart(trail.end + 2 * HOUR);
    else trail.hour();
  }
  const digests = actions.map((_, index) => trail.digestAt(index));
  damage(store, actions, digests);
  return { store, digests, now: trail.end + HOUR + 30 * MINUTE };
}

/** Makes a chain of backfill digests for the first of `hours` hours of an intact standard chain; the first action must be `gap`. */
export function backfillChain(actions: readonly Action[], hours: number = actions.length): MadeChain {
  const store = new ObjectStore(() => START);
  const init = { store, bucket: 'bucket-1', ...PLACE, startLogging: START };
  const trail = new TestTrail(init).hours(hours);
  let late = trail;
  const digests = actions.map((action, index) => {
    // Another instance of the same trail knows no earlier backfill digest; its starting digest is the very same object.
    if (action === 'gap' && index > 0) late = new TestTrail({ ...init, seed: `late ${index}` });
    if (action === 'bucket_change') late.moveTo({ bucket: `bucket-${index + 1}` });
    return late.backfill(trail.digestAt(index + 1));
  });
  damage(store, actions, digests);
  return { store, digests, now: trail.end + HOUR + 30 * MINUTE };
}

function damage(store: ObjectStore, actions: readonly Action[], digests: readonly DeliveredDigest[]): void {
  for (const [index, action] of actions.entries()) {
    const digest = digests[index];
    if (digest === undefined) throw new Error(`no digest for action ${index}`);
    if (action === 'missing') deleteObject(store, digest);
    if (action === 'invalid') editContent(store, digest, changeRecordedHash);
  }
}
