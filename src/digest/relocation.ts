import type { ObjectRef } from '../source/source.ts';

/** A declared move: what was signed as `s3://from/…` now lies under `s3://to/…`; each is a bucket or bucket/prefix. */
export interface Relocation {
  readonly from: string;
  readonly to: string;
}

/** Both directions of the declared moves; where none fits, a place stays what it is. */
export interface Relocator {
  /** As they were declared: another thread makes the same of them. */
  readonly declared: readonly Relocation[];
  /** Where an object that was signed at `signed` is read from. */
  toActual(signed: ObjectRef): ObjectRef;
  /**
   * Where an object that is read from `actual` must have been signed to be. Several moves may lead to one place, and what was
   * delivered there may lie among what was moved: then it is where the object itself `claims` to be, if that leads here.
   */
  toSigned(actual: ObjectRef, claims?: ObjectRef): ObjectRef;
}

/** The declared moves as a pair of functions; the first one that fits an object counts. */
export function relocator(moves: readonly Relocation[]): Relocator {
  const toActual = (signed: ObjectRef): ObjectRef => move(signed, moves, 'from', 'to');
  return {
    declared: moves,
    toActual,
    toSigned: (actual, claims) =>
      claims !== undefined && isSamePlace(toActual(claims), actual)
        ? claims
        : move(actual, moves, 'to', 'from'),
  };
}

function isSamePlace(a: ObjectRef, b: ObjectRef): boolean {
  return a.bucket === b.bucket && a.key === b.key;
}

function move(
  ref: ObjectRef,
  moves: readonly Relocation[],
  out: 'from' | 'to',
  into: 'from' | 'to',
): ObjectRef {
  for (const relocation of moves) {
    const source = split(relocation[out]);
    if (ref.bucket !== source.bucket || !ref.key.startsWith(source.prefix)) continue;
    const goal = split(relocation[into]);
    return { ...ref, bucket: goal.bucket, key: goal.prefix + ref.key.slice(source.prefix.length) };
  }
  return ref;
}

function split(place: string): { bucket: string; prefix: string } {
  const slash = place.indexOf('/');
  if (slash === -1) return { bucket: place, prefix: '' };
  const prefix = place.slice(slash + 1).replace(/\/+$/, '');
  return { bucket: place.slice(0, slash), prefix: prefix === '' ? '' : `${prefix}/` };
}
