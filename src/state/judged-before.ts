import type { JudgedBefore } from '../logs/unlisted-logs.ts';
import type { PlaceCheckpoint } from './checkpoint.ts';
import { freshName } from './list-days.ts';

/**
 * The log files that the run which left `known` has held against its digests, the last of which ends at `through`
 * (milliseconds since the epoch), and which decide on what was written up to `decided`; undefined where the source tells no times of writing. In a day that is not `isAsBefore` a
 * time of writing says nothing: everything that may name its files is read anew. What was written too late for its digests to
 * decide on was listed, and not judged.
 */
export function judgedBefore(
  { cut, days }: PlaceCheckpoint,
  { through, decided }: { readonly through: number; readonly decided: number },
  isAsBefore: (day: string) => boolean,
): JudgedBefore | undefined {
  if (cut === null) return undefined;
  const fresh = new Map(
    Object.entries(days).flatMap(([day, record]) =>
      record.fresh === undefined ? [] : [[day, new Set(record.fresh)]],
    ),
  );
  return {
    through,
    isListed: (day, bucket, object) =>
      object.lastModified !== undefined &&
      isAsBefore(day) &&
      object.lastModified <= decided &&
      (object.lastModified <= cut || fresh.get(day)?.has(freshName(bucket, object)) === true),
  };
}
