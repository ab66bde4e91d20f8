import { malformed, TrailVerifyError } from '../base/errors.ts';
import type { ObjectsReport } from '../report/examination.ts';
import { type PlacedLine, scanInventory } from '../report/scan-inventory.ts';
import { type ObjectRef, objectUri } from '../source/source.ts';
import { MOST_PROOF_DIGESTS } from './proof.ts';

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

/** Digests among which the successor of one is looked for: in the inventory it is the next one but for rare strays. */
const MOST_NEWER = MOST_PROOF_DIGESTS;

/** Finds an object's line in the inventory; of several lines of one object the first that is not valid, if there is one. Throws TARGET_NOT_FOUND and EVIDENCE_INVALID. */
export async function findObject(
  { openInventory, subject }: Search,
  objects: ObjectsReport,
): Promise<FoundObject> {
  let found: FoundObject | undefined;
  let digests: readonly PlacedLine[] = [];
  await scanInventory(await openInventory(), objects, (placed) => {
    if (found !== undefined && found.object.line.status !== 'valid') return;
    const isMeant = isSubject(placed, subject) && (found === undefined || placed.line.status !== 'valid');
    if (placed.line.kind === 'digest') {
      // What could not be read vouches for nothing.
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
    hint: 'name the object as it lies in the bucket that was verified; gzip -dc inventory.jsonl.gz lists them all',
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
