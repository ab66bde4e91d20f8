import { isoTime } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import type { Finding } from '../findings/finding.ts';
import type { Checkpoint, StateTarget } from './checkpoint.ts';
import type { StateOptions } from './state-options.ts';

/** Clocks of two machines differ by minutes at most. */
const CLOCK_SLACK = 5 * 60_000;
const S3_PLACE = /^s3:\/\/([^/]+)\/(.*)$/;

/**
 * Who vouches for the state that was read: its signer, where that is one whom the run asked for; or the run's caller, who named
 * the hash of this very checkpoint; null for nobody. Only then may it spare reading: whoever can write a state decides what is in it.
 */
export function vouching({ previous, required }: StateOptions): 'signer' | 'hash' | null {
  if (previous === undefined) return null;
  if (previous.isBySigner) return 'signer';
  return previous.sha256 === required ? 'hash' : null;
}

/**
 * A finding where the state that was read is neither the required checkpoint nor one that followed it. That it followed is its own
 * word, which counts as little as whoever vouches for it.
 */
export function stateBehind(options: StateOptions): readonly Finding[] {
  const { location, previous, required } = options;
  if (required === undefined) return [];
  const { checkpoint, sha256 } = previous ?? {};
  const isMet =
    checkpoint !== undefined &&
    (typeof required === 'number'
      ? Date.parse(checkpoint.written) >= required
      : [sha256, ...checkpoint.past.map((past) => past.sha256)].includes(required));
  if (isMet && vouching(options) !== null) return [];
  const [, bucket = '', key = location] = S3_PLACE.exec(location) ?? [];
  const found = checkpoint === undefined ? {} : { actual: sha256 ?? '', written: checkpoint.written };
  const evidence = { required: typeof required === 'number' ? isoTime(required) : required, ...found };
  const weight = isMet ? 'unproven' : 'violation';
  return [{ code: 'STATE_BEHIND', weight, object: { bucket, key, uri: location }, evidence }];
}

/**
 * Throws STATE_INVALID for a checkpoint that is of something else than `target`, or was written after `now`
 * (milliseconds since the epoch): memory of another bucket would find every chain of it vanished.
 */
export function requireFitting(
  { target: of, written }: Checkpoint,
  target: StateTarget,
  name: string,
  now: number,
): void {
  const places = (one: StateTarget): readonly string[] =>
    one.targets.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`).sort();
  const [was, is] = [places(of), places(target)];
  const refuse = (problem: string, hint: string): TrailVerifyError =>
    new TrailVerifyError('STATE_INVALID', `state ${name} ${problem}`, { hint });
  // A bucket of a folder copy that is gone must be found gone, not taken for another target.
  if (!was.some((place) => is.includes(place)) && was.length > 0 && is.length > 0)
    throw refuse(`is of ${was.join(', ')}, not of ${is.join(', ')}`, 'use one state for each target');
  for (const narrowed of ['accounts', 'regions', 'trails'] as const)
    if ([...of[narrowed]].sort().join() !== [...target[narrowed]].sort().join())
      throw refuse(
        `is of other ${narrowed} (${of[narrowed].join(', ') || 'all'})`,
        'use one state for each choice of accounts, Regions and trails',
      );
  if (Date.parse(written) > now + CLOCK_SLACK)
    throw refuse(
      `was written in the future, at ${written}`,
      "set this machine's clock, or find out who wrote the state",
    );
}
