import { TrailVerifyError } from '../../base/errors.ts';
import { type ObjectRef, objectUri } from '../source.ts';
import { IncompleteBodyError } from './body.ts';

/**
 * The announced length (bytes) of an object's body, checked before any of it is held. Throws IncompleteBodyError where
 * none is announced, and OBJECT_TOO_LARGE above `maxBytes`.
 */
export function bodyLength(ref: ObjectRef, announced: number | undefined, maxBytes: number): number {
  // Without its length a cut-off body cannot be told from a whole one.
  if (announced === undefined) throw new IncompleteBodyError('the body was sent without its length');
  if (announced <= maxBytes) return announced;
  throw new TrailVerifyError(
    'OBJECT_TOO_LARGE',
    `${objectUri(ref)} is larger than ${maxBytes} bytes: ${announced}`,
    { hint: 'CloudTrail writes no file of that size: see what it is, and who wrote it' },
  );
}
