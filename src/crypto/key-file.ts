import { createPublicKey, type KeyObject } from 'node:crypto';
import asn1 from 'node-forge/lib/asn1.js';
import pem, { type ObjectPEM } from 'node-forge/lib/pem.js';
import util from 'node-forge/lib/util.js';
import * as z from 'zod/mini';
import { isoTime } from '../base/clock.ts';
import { fieldText, parseBy } from '../base/document-schema.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { strictJsonText, strictText } from '../base/json.ts';
import { md5 } from './hash.ts';
import type { PublicKey } from './public-key.ts';

/**
 * Key files, of three kinds, recognized by their content:
 *
 *     { "PublicKeyList": [{ "Value": "MIIB…", "ValidityStartTime": …, "ValidityEndTime": …, "Fingerprint": "…" }] }
 *     {"region":"us-east-1","fingerprint":"…","value":"MIIB…","validFrom":"2026-…","validTo":"2026-…"}   a line each
 *     -----BEGIN PUBLIC KEY-----                                                                        PEM, any number
 *
 * The first is the output of `aws cloudtrail list-public-keys` (several outputs may be in one file); the second is the output of
 * `trail-verify keys fetch` and `collect`.
 */

const HINT =
  'use the output of `aws cloudtrail list-public-keys`, of `trail-verify keys fetch`, or PEM files';
/** A larger key file is refused: a key is under 1 KB; ten thousand of them are more than CloudTrail has ever used. */
export const MOST_KEY_FILE_BYTES: number = 16 * 1024 * 1024;
/** Later times cannot be written in the reports' form. */
const YEAR_10000 = Date.UTC(10_000, 0, 1);

/** In the small form of zod: every run loads it, and all of zod takes four times as long to load. */
const base64 = z.string().check(z.regex(/^[A-Za-z0-9+/\s]+={0,2}\s*$/));
const seconds = z.pipe(
  z.number(),
  z.transform((time: number) => time * 1000),
);
const time = z.union([seconds, z.pipe(z.string(), z.transform(parseIsoTime))]);
const listedKey = z.object({
  Value: base64,
  ValidityStartTime: time,
  ValidityEndTime: time,
  Fingerprint: z.string(),
});
const keyList = z.object({ PublicKeyList: z.array(listedKey) });
const cachedKey = z.object({
  region: z.optional(z.string()),
  fingerprint: z.string(),
  value: base64,
  validFrom: time,
  validTo: time,
});

/** The keys of one key file, named `name` in errors. Throws KEY_FILE_INVALID for a file with no key or with any bad one. */
export function readKeyFile(file: Uint8Array, name: string): readonly PublicKey[] {
  if (file.length > MOST_KEY_FILE_BYTES) throw invalid(name, 'is too large for a key file');
  const text = strictText(file, true)?.trim();
  if (text === undefined) throw invalid(name, 'is not text in UTF-8');
  if (text === '') throw invalid(name, 'is empty');
  const keys = text.startsWith('-----BEGIN') ? readPem(text, name) : readJson(text, name);
  if (keys.length === 0) throw invalid(name, 'holds no key');
  return keys;
}

/** One key as a line of the JSON lines form, without the line's end. */
export function formatKeyLine(key: PublicKey): string {
  return JSON.stringify({
    region: key.region,
    fingerprint: key.fingerprint,
    value: Buffer.from(key.der).toString('base64'),
    validFrom: key.validFrom === undefined ? undefined : isoTime(key.validFrom),
    validTo: key.validTo === undefined ? undefined : isoTime(key.validTo),
  });
}

/** A key as AWS lists it, bound to its fingerprint. Throws KEY_FILE_INVALID where they do not belong together. */
export function bindKey(
  listed: {
    fingerprint: string;
    value: Uint8Array;
    validFrom: number;
    validTo: number;
    region?: string | undefined;
  },
  origin: string,
): PublicKey {
  const { fingerprint, value, validFrom, validTo, region } = listed;
  const actual = md5(value);
  if (actual !== fingerprint.toLowerCase()) {
    throw invalid(
      origin,
      `holds a key whose bytes have the fingerprint ${actual}, not ${JSON.stringify(fingerprint.slice(0, 64))} as it says`,
    );
  }
  if (!(validFrom >= 0 && validFrom <= validTo && validTo < YEAR_10000))
    throw invalid(origin, `holds the key ${actual} whose validity is no span of time`);
  return {
    fingerprint: actual,
    der: value,
    key: parsePublicKey(value, `${actual} of ${origin}`),
    region,
    validFrom,
    validTo,
    origin,
  };
}

function readJson(text: string, name: string): readonly PublicKey[] {
  let documents: readonly unknown[];
  try {
    documents = parseJsonDocuments(text);
  } catch (cause) {
    const isJson = cause instanceof Error && cause.cause === undefined;
    throw invalid(name, isJson ? cause.message : 'is neither JSON nor PEM', cause);
  }
  return documents.flat().flatMap((document) => readDocument(document, name));
}

function readDocument(document: unknown, name: string): readonly PublicKey[] {
  const list = parseBy(keyList, document);
  if ('value' in list) {
    return list.value.PublicKeyList.map((key) =>
      bindKey(
        {
          fingerprint: key.Fingerprint,
          value: decode(key.Value),
          validFrom: key.ValidityStartTime,
          validTo: key.ValidityEndTime,
        },
        name,
      ),
    );
  }
  const cached = parseBy(cachedKey, document);
  if ('value' in cached) return [bindKey({ ...cached.value, value: decode(cached.value.value) }, name)];
  const { problem } = isRecord(document) && 'PublicKeyList' in document ? list : cached;
  const what = problem.path.length === 0 ? `top level: ${problem.message}` : fieldText(problem);
  throw invalid(name, `is not a list of public keys (${what})`);
}

/** Every key of a PEM file, under the fingerprints of both its forms: which one AWS published is not in the file. */
function readPem(text: string, name: string): readonly PublicKey[] {
  let blocks: ObjectPEM[];
  try {
    blocks = pem.decode(text);
  } catch (cause) {
    throw invalid(name, 'is not PEM', cause);
  }
  return blocks.flatMap((block) => {
    const key = parsePublicKey(Buffer.from(block.body, 'binary'), `in ${name}`);
    const forms = [key.export({ type: 'pkcs1', format: 'der' }), key.export({ type: 'spki', format: 'der' })];
    return forms.map((der) => ({
      fingerprint: md5(der),
      der,
      key,
      region: undefined,
      validFrom: undefined,
      validTo: undefined,
      origin: name,
    }));
  });
}

function decode(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}

function parseIsoTime(text: string, { issues }: z.core.ParsePayload): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) issues.push({ code: 'custom', message: 'is not a time', input: text });
  return time;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function invalid(name: string, why: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('KEY_FILE_INVALID', `key file ${name} ${why}`, { hint: HINT, cause });
}

/**
 * Splits text that holds several JSON documents one after the other - JSON lines, or the outputs of one command
 * run once per Region and appended to one file - and parses each. Throws SyntaxError, with what is wrong in words, where one
 * is not JSON that every reader takes alike.
 */
export function parseJsonDocuments(text: string): readonly unknown[] {
  const documents: unknown[] = [];
  let depth = 0;
  let start = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) {
      documents.push(parse(text.slice(start, at + 1)));
      start = at + 1;
    }
  }
  if (text.slice(start).trim() !== '') documents.push(parse(text.slice(start)));
  return documents;
}

function parse(text: string): unknown {
  const read = strictJsonText(text);
  if ('value' in read) return read.value;
  throw new SyntaxError(read.problem, { cause: read.cause });
}

/**
 * CloudTrail's public keys as AWS publishes them: RSA, as PKCS#1 `RSAPublicKey` (API reference, PublicKey) or,
 * in the user guide's own sample, as SubjectPublicKeyInfo; the fingerprint is the MD5 of just those bytes.
 */

const MIN_MODULUS_BITS = 2048;
/** Verifying with larger keys only burns time; AWS has used 2048 bits since 2015. */
const MAX_MODULUS_BITS = 8192;
const MIN_EXPONENT = 65537n;
const MAX_DER_LENGTH = 4096;

/**
 * The RSA key in DER bytes of either form. Throws KEY_FILE_INVALID, naming `name`, where it is neither form,
 * not RSA, below 2048 bits or its exponent is below 65537.
 */
export function parsePublicKey(der: Uint8Array, name: string): KeyObject {
  const refuse = (why: string): TrailVerifyError =>
    new TrailVerifyError('KEY_FILE_INVALID', `public key ${name} ${why}`, {
      hint: 'use the output of `aws cloudtrail list-public-keys` or of `trail-verify keys fetch`',
    });
  const type = derForm(der);
  if (type === undefined) throw refuse('is neither PKCS#1 nor SubjectPublicKeyInfo');
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(der), format: 'der', type });
    // Node 24 cannot export a key as PKCS#1 that it has read as PKCS#1; by way of the other form it can.
    if (type === 'pkcs1')
      key = createPublicKey({
        key: key.export({ type: 'spki', format: 'der' }),
        format: 'der',
        type: 'spki',
      });
  } catch {
    throw refuse('cannot be decoded');
  }
  const details = key.asymmetricKeyDetails;
  const bits = details?.modulusLength ?? 0;
  const exponent = details?.publicExponent ?? 0n;
  if (key.asymmetricKeyType !== 'rsa') throw refuse('is not an RSA key');
  if (bits < MIN_MODULUS_BITS || bits > MAX_MODULUS_BITS)
    throw refuse(`has ${bits} bits; ${MIN_MODULUS_BITS} to ${MAX_MODULUS_BITS} are accepted`);
  if (exponent < MIN_EXPONENT)
    throw refuse(`has the exponent ${exponent}; at least ${MIN_EXPONENT} is accepted`);
  return key;
}

/** Distinguishes the two forms by their first inner element; undefined for anything else, also for bytes behind the end. */
function derForm(der: Uint8Array): 'pkcs1' | 'spki' | undefined {
  if (der.length === 0 || der.length > MAX_DER_LENGTH) return undefined;
  try {
    const bytes = util.createBuffer(Buffer.from(der).toString('binary'));
    const root = asn1.fromDer(bytes, true);
    if (root.type !== asn1.Type.SEQUENCE || !Array.isArray(root.value) || root.value.length !== 2)
      return undefined;
    const first = root.value[0];
    if (first?.type === asn1.Type.INTEGER) return 'pkcs1';
    return first?.type === asn1.Type.SEQUENCE ? 'spki' : undefined;
  } catch {
    return undefined;
  }
}
