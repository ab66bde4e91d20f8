import type { Relocator } from '../digest/relocation.ts';
import type { FindingObject } from '../findings/finding.ts';
import { type ObjectRef, objectUri } from '../source/source.ts';

/**
 * An object as findings name it: where it is, and where it was signed to be if a declared move tells the two apart; by where it
 * `claims` to be, where several moves lead to its place.
 */
export function findingObject(actual: ObjectRef, moves: Relocator, claims?: ObjectRef): FindingObject {
  const uri = objectUri(actual);
  const signedAs = objectUri(moves.toSigned(actual, claims));
  return signedAs === uri ? { ...actual, uri } : { ...actual, uri, signedAs };
}
