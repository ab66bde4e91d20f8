import { TrailVerifyError } from '../base/errors.ts';
import { type DerValue, dottedForm, TAG } from './der.ts';

/** The error for a structure that is not what its standard says; `what` names the value concerned. */
export function malformed(what: string, why: string): TrailVerifyError {
  return new TrailVerifyError('EVIDENCE_INVALID', `${what} ${why}`);
}

/** `value`, which must be there and have the identifier octet `tag`. Throws EVIDENCE_INVALID, naming `what`. */
export function expectTag(value: DerValue | undefined, tag: number, what: string): DerValue {
  if (value?.tag !== tag) throw malformed(what, 'is missing or of another type');
  return value;
}

/** The items of a SEQUENCE. Throws EVIDENCE_INVALID, naming `what`, where it is none. */
export function itemsOf(value: DerValue | undefined, what: string): readonly DerValue[] {
  return expectTag(value, TAG.sequence, what).items;
}

/** The only item of a constructed value. Throws EVIDENCE_INVALID, naming `what`, where there is none or another. */
export function onlyItem(value: DerValue | undefined, what: string): DerValue {
  const [item, second] = value?.items ?? [];
  if (item === undefined || second !== undefined) throw malformed(what, 'does not hold exactly one value');
  return item;
}

/** An OBJECT IDENTIFIER in dotted form. Throws EVIDENCE_INVALID, naming `what`. */
export function readOid(value: DerValue | undefined, what: string): string {
  const { content } = expectTag(value, TAG.oid, what);
  const dotted = dottedForm(content);
  if (dotted === undefined) throw malformed(what, 'is no object identifier');
  return dotted;
}

/** A small non-negative INTEGER. Throws EVIDENCE_INVALID, naming `what`, for others too. */
export function readSmallInteger(value: DerValue | undefined, what: string): number {
  const { content } = expectTag(value, TAG.integer, what);
  if (content.length > 4 || (content[0] ?? 0x80) >= 0x80) throw malformed(what, 'is out of range');
  return Number.parseInt(Buffer.from(content).toString('hex'), 16);
}

/** The bytes of a BIT STRING of whole octets. Throws EVIDENCE_INVALID, naming `what`. */
export function readBits(value: DerValue | undefined, what: string): Uint8Array {
  const { content } = expectTag(value, TAG.bitString, what);
  if (content[0] !== 0) throw malformed(what, 'is not of whole octets');
  return content.subarray(1);
}

/** A UTCTime or GeneralizedTime in UTC, as RFC 5280 4.1.2.5 has them (fractions allowed), in milliseconds since the epoch. */
export function readTime(value: DerValue | undefined, what: string): number {
  const text = Buffer.from(value?.content ?? []).toString('latin1');
  const form = value?.tag === TAG.utcTime ? /^(\d\d)((?:\d\d){5})Z$/ : /^(\d{4})((?:\d\d){5})(\.\d{1,6})?Z$/;
  const [whole, year = '', rest = '', fraction = ''] = form.exec(text) ?? [];
  if ((value?.tag !== TAG.utcTime && value?.tag !== TAG.generalizedTime) || whole === undefined)
    throw malformed(what, 'is no time in UTC');
  // RFC 5280: two digits from 50 on are of the twentieth century.
  const fullYear = year.length === 4 ? year : `${Number(year) >= 50 ? 19 : 20}${year}`;
  const [month, day, hour, minute, second] = rest.match(/\d\d/g) ?? [];
  const iso = `${fullYear}-${month}-${day}T${hour}:${minute}:${second}`;
  const time = Date.parse(`${iso}${fraction.slice(0, 4)}Z`);
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(iso))
    throw malformed(what, 'is no time that exists');
  return time;
}

/** True where two encodings are the same bytes. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}
