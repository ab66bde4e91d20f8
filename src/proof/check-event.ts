import { gunzipOrPlain } from '../crypto/gunzip.ts';
import { sha256 } from '../crypto/sha256.ts';
import { MAX_LOG_CONTENT } from '../logs/check-log.ts';
import type { InventoryLine } from '../report/inventory-line.ts';
import { findEvent } from './find-event.ts';
import type { NoteProblem } from './problem.ts';
import { decodeBase64, type Proof, type ProofEvent } from './proof.ts';

interface EventCheck {
  readonly object: InventoryLine;
  /** The log file as stored, from elsewhere. */
  readonly log: Uint8Array | undefined;
  readonly note: NoteProblem;
}

/**
 * Checks the event of a proof, if it has one: it stands in the log file that is proven, at that place, with those bytes.
 * A log file given from elsewhere must be the proven one, with an event or without.
 */
export function checkProofEvent({ event, log: held }: Proof, { object, log, note }: EventCheck): void {
  const inProof = held === undefined ? undefined : decodeBase64(held);
  if (event === undefined && held !== undefined) note('violation', 'the proof holds a log file and no event');
  if (held !== undefined && inProof === undefined)
    note('violation', 'the log file in the proof is not written in base64');
  if (event !== undefined && held === undefined && log === undefined)
    note(
      'unproven',
      'the log file is not in the proof: give it with --log, so that its event can be checked',
    );
  for (const stored of [inProof, log]) {
    const content = stored === undefined ? undefined : contentOf(stored, object, note);
    if (event !== undefined && content !== undefined) checkPlace(event, content, note);
  }
}

/** The content of the log file, if it is the one that the report counted. */
function contentOf(stored: Uint8Array, object: InventoryLine, note: NoteProblem): Uint8Array | undefined {
  if (object.kind !== 'log' || sha256(stored) !== object.stored) {
    note('violation', 'the log file is not the one that the report counted');
    return undefined;
  }
  const { content } = gunzipOrPlain(stored, MAX_LOG_CONTENT);
  // Only the hash of the content is what AWS signed: a report could pair it with other stored bytes.
  const hash = content === undefined ? null : sha256(content.bytes);
  if (hash === object.content && (object.status !== 'valid' || content?.trailingBytes === 0))
    return content?.bytes;
  note('violation', 'the log file holds another content than the report counted');
  return undefined;
}

function checkPlace({ id, offset, length, bytes }: ProofEvent, content: Uint8Array, note: NoteProblem): void {
  const place = findEvent(content, id);
  if (place === undefined) {
    note('violation', 'the event is not in the log file');
    return;
  }
  const found = Buffer.from(content.subarray(place.offset, place.offset + place.length));
  const isSame = place.offset === offset && place.length === length;
  if (!isSame || found.toString('base64') !== bytes)
    note('violation', 'the event stands otherwise in the log file');
}
