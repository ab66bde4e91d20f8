/**
 * The inventory: one line for each object that was checked, as JSON in ASCII, its fields in this order and no others:
 *
 *     {"kind":"log","bucket":"…","key":"…","versionId":null,"stored":"<sha256>","content":"<sha256>","status":"valid"}
 *
 * `stored` is the SHA-256 of the bytes as stored, null for an object that could not be read; `content` that of the
 * uncompressed content, null where it cannot be inflated. The bytes of a line without its line feed are a leaf of
 * the Merkle tree that the report's root binds.
 */
import { asciiJson } from '../base/json.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { Outcome } from '../findings/finding.ts';

/** One line of an inventory, read. */
export interface InventoryLine {
  readonly kind: 'digest' | 'log';
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | null;
  readonly stored: string | null;
  readonly content: string | null;
  readonly status: Outcome;
}

/** The events that have a line of their own. */
export type ObjectEvent = Extract<TrailEvent, { type: 'digest' | 'log' }>;

/** The line of one digest or log file, without its line feed. */
export function inventoryLine(event: ObjectEvent): string {
  const { type, object, versionId, hashes, outcome } = event;
  return formatInventoryLine({
    kind: type,
    bucket: object.bucket,
    key: object.key,
    versionId: versionId ?? null,
    stored: hashes?.stored ?? null,
    content: hashes?.content ?? null,
    status: outcome,
  });
}

function formatInventoryLine(line: InventoryLine): string {
  const { kind, bucket, key, versionId, stored, content, status } = line;
  return asciiJson({ kind, bucket, key, versionId, stored, content, status });
}

const SHA256 = /^[0-9a-f]{64}$/;
const OUTCOMES: ReadonlySet<unknown> = new Set<Outcome>(['valid', 'invalid', 'missing', 'unproven']);

/** Reads one line; undefined for any text but the one that this tool writes for those very facts. */
export function readInventoryLine(text: string): InventoryLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const isHash = (field: unknown): boolean =>
    field === null || (typeof field === 'string' && SHA256.test(field));
  const fits =
    (fields.kind === 'digest' || fields.kind === 'log') &&
    typeof fields.bucket === 'string' &&
    typeof fields.key === 'string' &&
    (fields.versionId === null || typeof fields.versionId === 'string') &&
    isHash(fields.stored) &&
    isHash(fields.content) &&
    OUTCOMES.has(fields.status);
  if (!fits) return undefined;
  // Every field was just looked at; other ones do not survive the comparison.
  const line = value as InventoryLine;
  return formatInventoryLine(line) === text ? line : undefined;
}
