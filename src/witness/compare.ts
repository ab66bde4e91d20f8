/** Two records of one event, field by field: that of a proven log file, and that of a witness. */

/** One field in which two records differ: its path as in `requestParameters.tableName`, and both values as JSON; null where it is absent. */
export interface FieldDifference {
  readonly path: string;
  readonly verified: string | null;
  readonly witness: string | null;
}

/** Fields that are named of one event, and characters of each value; `isCut` of `RecordComparison` says that there are more. */
const MOST_FIELDS = 20;
const MOST_TEXT = 300;
/** Objects within objects of a record. CloudTrail's have a dozen; hostile ones would exhaust the stack of whoever walks them. */
const MOST_DEPTH = 64;

/** The comparison of two records. */
export interface RecordComparison {
  /** None where they say the same. */
  readonly differences: readonly FieldDifference[];
  /** Whether there are more than are named. */
  readonly isCut: boolean;
}

/** A record that was read: an object, nested no deeper than is walked. */
export type EventRecord = Readonly<Record<string, unknown>>;

/** The record of a JSON text; undefined for anything else, and for one that is nested too deep to be walked. */
export function readRecord(text: string): EventRecord | undefined {
  if (depthOf(text) > MOST_DEPTH) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What an event data store adds to its own copy, where it is set up to: tags of resources, and keys of conditions (API reference,
 * PutEventConfiguration). Where a log file has it as well, it is compared.
 */
const ADDED = 'eventContext';

/**
 * Compares two records of one event. The order of fields, white space, and how a number or a letter is written are no difference, nor
 * is context that the witness added to the event and the log file lacks; AWS documents no other by which two copies of an event may
 * differ.
 */
export function compareRecords(verified: EventRecord, witness: EventRecord): RecordComparison {
  const found: FieldDifference[] = [];
  let isCut = false;
  const visit = (path: string, one: unknown, other: unknown): void => {
    if (isCut || Object.is(one, other)) return;
    const fields = fieldsOf(one, other);
    if (fields !== undefined) {
      for (const [name, ofOne, ofOther] of fields) visit(join(path, name), ofOne, ofOther);
      return;
    }
    if (found.length === MOST_FIELDS) isCut = true;
    else found.push({ path, verified: shown(one), witness: shown(other) });
  };
  visit('', verified, ADDED in verified ? witness : without(witness));
  return { differences: found, isCut };
}

function without({ [ADDED]: _, ...record }: EventRecord): EventRecord {
  return record;
}

/** The fields of two values of one kind that hold others; undefined for any others. */
function fieldsOf(
  one: unknown,
  other: unknown,
): readonly (readonly [string, unknown, unknown])[] | undefined {
  const bothLists = Array.isArray(one) && Array.isArray(other);
  if (!bothLists && !(isObject(one) && isObject(other))) return undefined;
  const [ofOne, ofOther] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  const names = [...new Set([...ofOne.keys(), ...ofOther.keys()])].sort();
  return names.map((name) => [name, ofOne.get(name), ofOther.get(name)]);
}

function isObject(value: unknown): value is EventRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function shown(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text;
}

const QUOTED = /"(?:[^"\\]|\\.)*"/gs;

/** How deep the brackets of a text nest, strings left out. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const letter of text.replace(QUOTED, '')) {
    if (letter === '{' || letter === '[') depth += 1;
    else if (letter === '}' || letter === ']') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
