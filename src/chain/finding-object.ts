import type { Relocator } from '../digest/relocation.ts';
import type { FindingObject } from '../findings/finding.ts';
import { type ObjectRef, objectUri } from '../source/source.ts';

/** An object as findings name it: where it is, and where it was signed to be if a declared move tells the two apart. */
export function findingObject(actual: ObjectRef, moves: Relocator): FindingObject {
  const uri = objectUri(actual);
  const signedAs = objectUri(moves.toSigned(actual));
  return signedAs === uri ? { ...actual, uri } : { ...actual, uri, signedAs };
}
