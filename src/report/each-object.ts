/** Events of many objects that agree, made into those of each. */
import { TrailVerifyError } from '../base/errors.ts';
import type { ByteCount, TrailEvent } from '../findings/event.ts';
import { type InventoryLine, readInventoryLine } from './inventory.ts';

type EventOf<Type extends TrailEvent['type']> = Extract<TrailEvent, { type: Type }>;

/** The events for single log files that a `logs` event stands for, as they would have been without it. */
export function* eachLog(event: EventOf<'logs'>): Generator<EventOf<'log'>> {
  const { chain, digest, family, position } = event;
  for (const { at, line, bytes } of eachObject(event, `log files from ${position} on of ${digest.key}`)) {
    const { bucket, key, versionId, stored, content, status } = line;
    yield {
      type: 'log',
      chain,
      object: { bucket, key },
      family,
      outcome: status,
      bytes,
      digest,
      position: position + at,
      hashes: { stored, content },
      ...(versionId === null ? {} : { versionId }),
    };
  }
}

/** The events for single digests that a `digests` event stands for, as they would have been without it. */
export function* eachDigest(event: EventOf<'digests'>): Generator<EventOf<'digest'>> {
  const { chain, newest, provenBy, fingerprint, windows } = event;
  for (const { at, line, bytes } of eachObject(event, `digests from ${newest.key} on`)) {
    const { bucket, key, versionId, stored, content, status } = line;
    const [from = 0, to = 0, logFiles = 0] = windows.subarray(3 * at, 3 * at + 3);
    yield {
      type: 'digest',
      chain,
      object: { bucket, key },
      outcome: status,
      listed: true,
      bytes,
      hashes: { stored, content },
      ...(versionId === null ? {} : { versionId }),
      fingerprint,
      window: { from, to },
      logFiles,
      provenBy,
    };
  }
}

/** The event itself; for one of many objects those of each of them. */
export function* eventByEvent(event: TrailEvent): Generator<TrailEvent> {
  if (event.type === 'logs') yield* eachLog(event);
  else if (event.type === 'digests') yield* eachDigest(event);
  else yield event;
}

/** What the lines and sizes of many objects say of each. Throws INTERNAL where there is no line for one. */
function* eachObject(
  { count, lines, sizes }: Pick<EventOf<'logs'>, 'count' | 'lines' | 'sizes'>,
  what: string,
): Generator<{
  readonly at: number;
  readonly line: InventoryLine & { readonly stored: string; readonly content: string };
  readonly bytes: ByteCount;
}> {
  const numbers = new DataView(sizes.buffer, sizes.byteOffset, sizes.byteLength);
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString('latin1').split('\n');
  for (let at = 0; at < count; at += 1) {
    const line = readInventoryLine(text[at] ?? '');
    if (line === undefined || line.stored === null || line.content === null)
      throw new TrailVerifyError('INTERNAL', `number ${at} of the ${what} has no line`);
    const { stored, content } = line;
    const bytes = { read: numbers.getUint32(8 * at, true), inflated: numbers.getUint32(8 * at + 4, true) };
    yield { at, line: { ...line, stored, content }, bytes };
  }
}
