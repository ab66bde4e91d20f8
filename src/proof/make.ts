/**
 * Makes the proof of one object: two passes over the inventory (to find it and the digest that names it, and to find
 * their paths), then the digest file itself, and for an event its log file.
 */

import { malformed, TrailVerifyError } from '../base/errors.ts';
import { gunzipOrPlain, sha256 } from '../crypto/hash.ts';
import { MAX_LOG_CONTENT, MAX_LOG_FILE } from '../logs/check-log.ts';
import { type EventPlace, recordsOf } from '../logs/records.ts';
import type { InventoryLine } from '../report/inventory.ts';
import { AuditPath } from '../report/merkle.ts';
import type { ObjectsReport } from '../report/report.ts';
import type { ReadReport } from '../report/report-schema.ts';
import { type PlacedLine, refOf, scanInventory } from '../report/scan-inventory.ts';
import { type ObjectRef, objectUri, type Source } from '../source/source.ts';
import { type ProvingDigests, provingDigests } from './digests.ts';
import { type Inclusion, MOST_PROOF_DIGESTS, type Proof, type ProofEvent } from './proof.ts';

/** What a proof is made of. */
export interface ProofMaterial {
  readonly report: ReadReport;
  /** The inventory as it is stored, from its beginning each time. */
  readonly openInventory: () => Promise<AsyncIterable<Uint8Array>>;
  /** The source of the objects. */
  readonly source: Source;
  readonly subject: ProofSubject;
  /** The `eventID` of one event in the log file, to prove it as well. */
  readonly eventId?: string | undefined;
  /** The log file as stored, where it is there already. */
  readonly logFile?: Uint8Array | undefined;
}

/**
 * The proof; that of an event holds its whole log file. Throws REPORT_INVALID for a report without an inventory, TARGET_NOT_FOUND for an object that it does not
 * count or an event that is not in its log file, EVIDENCE_INVALID for an inventory or an object other than the report's,
 * and what the source throws.
 */
export async function makeProof(material: ProofMaterial): Promise<Proof> {
  const { report, sha256: reportSha256 } = material.report;
  const { objects } = report;
  if (objects === undefined) throw withoutInventory();
  const { object, digest, newer } = await findObject(material, objects);
  // An object that could not be read proves nothing.
  const proving: ProvingDigests =
    digest.line.stored === null
      ? { digests: [], signature: undefined }
      : await provingDigests({ digest, newer, report, source: material.source });
  const log =
    material.eventId === undefined ? undefined : await readLog(object.line, material.eventId, material);
  const { digests, signature } = proving;
  const wanted = [object, ...digests.map(({ placed }) => placed)];
  const [inclusion, ...ofDigests] = await inclusions(wanted, material, objects);
  if (inclusion === undefined) throw malformed('the inventory', 'was changed');
  const { algorithm, size, root } = objects.merkle;
  return {
    schema: 'trail-verify/proof/v1',
    report: { id: report.reportId ?? report.run.id, sha256: reportSha256 },
    tree: { algorithm, size, root },
    object: inclusion,
    ...(digests.length === 0
      ? {}
      : { digests: ofDigests.map((of, at) => ({ inclusion: of, stored: base64(digests[at]?.stored) })) }),
    signature,
    ...(log === undefined ? {} : { event: log.event, log: base64(log.stored) }),
  };
}

async function inclusions(
  lines: readonly PlacedLine[],
  { openInventory }: ProofMaterial,
  objects: ObjectsReport,
): Promise<readonly Inclusion[]> {
  const paths = lines.map(({ index }) => new AuditPath(index, objects.merkle.size));
  // Compared with the report a second time, because the file may have changed in between.
  await scanInventory(await openInventory(), objects, ({ bytes }) => {
    for (const path of paths) path.add(bytes);
  });
  return lines.map(({ index, bytes }, at) => ({
    leaf: Buffer.from(bytes).toString('latin1'),
    index,
    path: paths[at]?.path() ?? [],
  }));
}

async function readLog(
  line: InventoryLine,
  id: string,
  { source, logFile }: ProofMaterial,
): Promise<{ readonly stored: Uint8Array; readonly event: ProofEvent }> {
  const ref = refOf(line);
  const uri = objectUri(ref);
  if (line.kind !== 'log')
    throw new TrailVerifyError('TARGET_NOT_FOUND', `${uri} is no log file, and holds no events`, {
      hint: 'name the log file that holds the event with --log',
    });
  if (line.status === 'missing')
    throw malformed(uri, 'was missing, says the report, so it has no events to prove');
  if (line.stored === null)
    throw new TrailVerifyError('TARGET_NOT_FOUND', `${uri} could not be read when the report was made`, {
      hint: 'prove the object itself, without --event: the proof then says what became of it',
    });
  const stored = logFile ?? (await readStored(ref, source));
  if (sha256(stored) !== line.stored) throw malformed(uri, 'is no longer the object that the report counted');
  const { content } = gunzipOrPlain(stored, MAX_LOG_CONTENT);
  if (content === undefined) throw malformed(uri, 'is no whole gzip file, so it has no events to prove');
  const place = findEvent(content.bytes, id);
  if (place === undefined)
    throw new TrailVerifyError('TARGET_NOT_FOUND', `no event ${id} is in ${uri}`, {
      hint: 'take the eventID of the record as it is written, and the log file that holds it',
    });
  const bytes = content.bytes.subarray(place.offset, place.offset + place.length);
  return { stored, event: { id, ...place, bytes: base64(bytes) } };
}

async function readStored(ref: ObjectRef, source: Source): Promise<Uint8Array> {
  try {
    return (await source.open(ref, { maxBytes: MAX_LOG_FILE })).bytes;
  } catch (error) {
    const isGone = error instanceof TrailVerifyError && error.code === 'OBJECT_NOT_FOUND';
    if (isGone && (await source.holds(ref.bucket))) throw malformed(objectUri(ref), 'is no longer there');
    throw error;
  }
}

function base64(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes).toString('base64');
}

function withoutInventory(): TrailVerifyError {
  return new TrailVerifyError(
    'REPORT_INVALID',
    'the report binds no inventory, so nothing can be proven of one object',
    {
      hint: 'give a report that trail-verify verify wrote together with its inventory.jsonl.gz',
    },
  );
}

/** Which object: by its place, or by the SHA-256 (hex) of its stored bytes. */
export type ProofSubject = { readonly ref: ObjectRef } | { readonly stored: string; readonly name: string };

/** Where an object is looked for. */
export interface Search {
  /** The inventory as it is stored, from its beginning each time. */
  readonly openInventory: () => Promise<AsyncIterable<Uint8Array>>;
  readonly subject: ProofSubject;
}

/** An object's line, that of the digest that names it or is it, and those of digests before that, the nearest first. */
export interface FoundObject {
  readonly object: PlacedLine;
  readonly digest: PlacedLine;
  readonly newer: readonly PlacedLine[];
}

/** Digests among which the successor of one is looked for: in the inventory it is the next one, with rare exceptions. */
const MOST_NEWER = MOST_PROOF_DIGESTS;

/** Finds an object's line in the inventory; of several lines of one object the first that is not valid, if there is one. Throws TARGET_NOT_FOUND and EVIDENCE_INVALID. */
async function findObject({ openInventory, subject }: Search, objects: ObjectsReport): Promise<FoundObject> {
  let found: FoundObject | undefined;
  let digests: readonly PlacedLine[] = [];
  await scanInventory(await openInventory(), objects, (placed) => {
    if (found !== undefined && found.object.line.status !== 'valid') return;
    const isMeant = isSubject(placed, subject) && (found === undefined || placed.line.status !== 'valid');
    if (placed.line.kind === 'digest') {
      // An object that could not be read proves nothing.
      const [last, ...rest] = digests;
      const known = last === undefined || last.line.stored === null ? rest : digests;
      digests = [keep(placed), ...known.slice(0, MOST_NEWER)];
    }
    const [digest, ...newer] = digests;
    if (!isMeant) return;
    if (digest === undefined) throw malformed('the inventory', 'begins with a log file that no digest names');
    found = { object: keep(placed), digest, newer };
  });
  if (found !== undefined) return found;
  const name = 'ref' in subject ? objectUri(subject.ref) : subject.name;
  throw new TrailVerifyError('TARGET_NOT_FOUND', `${name} is not among the objects that the report counts`, {
    hint: 'name the object as it is in the bucket that was verified; gzip -dc inventory.jsonl.gz lists them all',
  });
}

/** A copy, for the piece that it was cut from would be kept with it. */
function keep(placed: PlacedLine): PlacedLine {
  return { ...placed, bytes: Uint8Array.from(placed.bytes) };
}

function isSubject({ line }: PlacedLine, subject: ProofSubject): boolean {
  if ('stored' in subject) return line.stored === subject.stored;
  const { bucket, key, versionId } = subject.ref;
  return (
    line.bucket === bucket && line.key === key && (versionId === undefined || line.versionId === versionId)
  );
}

export type { EventPlace };

/** The first event with that `eventID`; undefined where there is none, or where this is no log file's content. */
export function findEvent(content: Uint8Array, eventId: string): EventPlace | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  for (const place of recordsOf(bytes)) {
    const record = bytes.subarray(place.offset, place.offset + place.length);
    // An id is written as it is: letters, digits and hyphens. Most records need not be parsed.
    if (record.includes(eventId) && eventIdOf(record) === eventId) return place;
  }
  return undefined;
}

function eventIdOf(record: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(record.toString('utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    if ('eventID' in value) return value.eventID;
    // Aggregated events spell it so.
    return 'eventId' in value ? value.eventId : undefined;
  } catch {
    return undefined;
  }
}
