import { TrailVerifyError } from '../base/errors.ts';
import { oid, sequence, sortedItems, TAG, tlv } from './der.ts';

/** Attribute types that a name may have (RFC 4514, 3; emailAddress of PKCS #9), and how their values are written. */
const TYPES: Readonly<Record<string, { readonly id: string; readonly tag: number; readonly form?: RegExp }>> =
  {
    CN: { id: '2.5.4.3', tag: TAG.utf8String },
    O: { id: '2.5.4.10', tag: TAG.utf8String },
    OU: { id: '2.5.4.11', tag: TAG.utf8String },
    L: { id: '2.5.4.7', tag: TAG.utf8String },
    ST: { id: '2.5.4.8', tag: TAG.utf8String },
    C: { id: '2.5.4.6', tag: TAG.printableString, form: /^[A-Z]{2}$/ },
    EMAILADDRESS: { id: '1.2.840.113549.1.9.1', tag: TAG.ia5String, form: /^[!-~]+@[!-~]+$/ },
  };
/** Upper bound of RFC 5280 for most of them. */
const MAX_VALUE = 64;
const HINT =
  'for example "CN=Auditor,O=Example,C=DE"; a comma, plus or backslash in a value is written with \\ before it';

/**
 * The DER name for text such as `CN=Auditor,O=Example` (RFC 4514, in the order written); `+` joins parts of one element.
 * Throws USAGE for anything else.
 */
export function parseName(text: string): Uint8Array {
  const elements = splitAt(text, ',').map((element) =>
    tlv(TAG.set, ...sortedItems(splitAt(element, '+').map(parsePart))),
  );
  return sequence(...elements);
}

function parsePart(part: string): Uint8Array {
  const [, typeName = '', written = ''] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/su.exec(part) ?? [];
  const type = TYPES[typeName.toUpperCase()];
  const value = written.replace(/\\(.)/gsu, '$1');
  if (type === undefined || value === '' || [...value].length > MAX_VALUE || /\p{Cc}/u.test(value))
    throw notName(part);
  if (type.form?.test(value) === false) throw notName(part);
  return sequence(oid(type.id), tlv(type.tag, Buffer.from(value, 'utf8')));
}

function splitAt(text: string, separator: ',' | '+'): readonly string[] {
  const parts: string[] = [''];
  for (const [piece] of text.matchAll(/\\.|[^\\]|\\$/gsu)) {
    if (piece === separator) parts.push('');
    else parts.push((parts.pop() ?? '') + piece);
  }
  return parts;
}

function notName(part: string): TrailVerifyError {
  return new TrailVerifyError('USAGE', `${JSON.stringify(part)} is no part of a distinguished name`, {
    hint: HINT,
  });
}
