import { TrailVerifyError } from '../errors.ts';
import type { TrailEvent } from '../findings/event.ts';
import { readInventoryLine } from './inventory-line.ts';

type EventOf<Type extends TrailEvent['type']> = Extract<TrailEvent, { type: Type }>;

/** The events for single log files that a `logs` event stands for, as they would have been without it. */
export function* eachLog(event: EventOf<'logs'>): Generator<EventOf<'log'>> {
  const { chain, digest, family, position, count, lines, sizes } = event;
  const numbers = new DataView(sizes.buffer, sizes.byteOffset, sizes.byteLength);
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString('latin1').split('\n');
  for (let at = 0; at < count; at += 1) {
    const line = readInventoryLine(text[at] ?? '');
    if (line === undefined || line.stored === null || line.content === null)
      throw new TrailVerifyError('INTERNAL', `log file ${position + at} of ${digest.key} has no line`);
    const { bucket, key, versionId, stored, content, status } = line;
    yield {
      type: 'log',
      chain,
      object: { bucket, key },
      family,
      outcome: status,
      bytes: { read: numbers.getUint32(8 * at, true), inflated: numbers.getUint32(8 * at + 4, true) },
      digest,
      position: position + at,
      hashes: { stored, content },
      ...(versionId === null ? {} : { versionId }),
    };
  }
}

/** The event itself; for one of many log files those of each of them. */
export function* eventByEvent(event: TrailEvent): Generator<TrailEvent> {
  if (event.type === 'logs') yield* eachLog(event);
  else yield event;
}
