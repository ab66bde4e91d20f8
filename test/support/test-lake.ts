/**
 * Query results as CloudTrail Lake saves them: result files and the sign file of one query, signed with a test key.
 *
 *     const results = deliverResults(store, { completed: Date.parse('2026-10-05T10:06:30Z'), results: 2 });
 *     deleteObject(store, results.files[1]);
 */
import { createHash, sign } from 'node:crypto';
import type { ObjectRef } from '../../src/source/source.ts';
import type { ObjectStore } from './object-store.ts';
import { gzip } from './test-gzip.ts';
import { signingKey, type TestKey } from './test-keys.ts';

/** The fields of a sign file, as CloudTrail writes them. */
export interface SignFields {
  readonly version: string;
  readonly region: string;
  readonly files: readonly { readonly fileHashValue: string; readonly fileName: string }[];
  readonly hashAlgorithm: string;
  readonly signatureAlgorithm: string;
  readonly queryCompleteTime: string;
  readonly hashSignature: string;
  readonly publicKeyFingerprint: string;
}

/** One query and how its results differ from the usual ones. Times are milliseconds since the epoch. */
export interface ResultsInit {
  readonly completed: number;
  readonly bucket?: string;
  readonly account?: string;
  readonly region?: string;
  readonly queryId?: string;
  /** How many files, or the CSV of each. */
  readonly results?: number | readonly string[];
  readonly key?: TestKey;
  /** The path of the folder below `Query/`; by default the day and the id of the query. */
  readonly path?: string;
  /** Changes the fields after they were signed. */
  readonly edit?: (fields: SignFields) => object;
  /** Changes the text of the sign file. */
  readonly editText?: (text: string) => string;
}

/** What was delivered. */
export interface DeliveredResults {
  readonly folder: string;
  readonly signFile: ObjectRef;
  readonly files: readonly ObjectRef[];
  readonly fields: SignFields;
}

/** The id of the usual query. */
export const QUERY_ID = '7b1b0a8a-1111-2222-3333-444455556666';

/** Saves the results of one query, dated a minute after its end. */
export function deliverResults(store: ObjectStore, init: ResultsInit): DeliveredResults {
  const { completed, bucket = 'example-trail-logs', account = '111122223333', region = 'us-east-1' } = init;
  const { queryId = QUERY_ID, results = 1, key = signingKey(region, completed) } = init;
  const time = new Date(completed).toISOString();
  const path = init.path ?? `${time.slice(0, 10).replaceAll('-', '/')}/${queryId}`;
  const folder = `AWSLogs/${account}/CloudTrail-Lake/Query/${path}/`;
  const rows =
    typeof results === 'number'
      ? Array.from({ length: results }, (_, at) => `eventname,count\nGetItem,${at}\n`)
      : results;
  const contents = rows.map((text) => gzip(Buffer.from(text)));
  const hashes = contents.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
  const names = hashes.map((_, at) => `result_${at + 1}.csv.gz`);
  const lastModified = completed + 60_000;
  for (const [at, bytes] of contents.entries())
    store.put(bucket, `${folder}${names[at]}`, bytes, { lastModified });
  const fields = signedFields({ hashes, names, region, completed: `${time.slice(0, 19)}Z`, key });
  const text = JSON.stringify(init.edit?.(fields) ?? fields, null, 2);
  const signFile = { bucket, key: `${folder}result_sign.json` };
  store.put(bucket, signFile.key, Buffer.from(init.editText?.(text) ?? text), { lastModified });
  return { folder, signFile, files: names.map((name) => ({ bucket, key: folder + name })), fields };
}

/** The fields over these hashes, signed. */
export function signedFields(of: {
  readonly hashes: readonly string[];
  readonly names: readonly string[];
  readonly region: string;
  readonly completed: string;
  readonly key: TestKey;
}): SignFields {
  const { hashes, names, region, completed, key } = of;
  const signature = sign('RSA-SHA256', Buffer.from(hashes.join(' ')), key.privateKey);
  return {
    version: '1.0',
    region,
    files: hashes.map((fileHashValue, at) => ({ fileHashValue, fileName: names[at] ?? '' })),
    hashAlgorithm: 'SHA-256',
    signatureAlgorithm: 'SHA256withRSA',
    queryCompleteTime: completed,
    hashSignature: signature.toString('hex'),
    publicKeyFingerprint: key.fingerprint,
  };
}

/** Puts other fields, or another text, in place of a sign file. */
export function rewriteSignFile(
  store: ObjectStore,
  { signFile, fields }: Pick<DeliveredResults, 'signFile' | 'fields'>,
  edit: (fields: SignFields) => object,
): void {
  const { lastModified = 0 } = store.get(signFile.bucket, signFile.key) ?? {};
  store.put(signFile.bucket, signFile.key, Buffer.from(JSON.stringify(edit(fields))), { lastModified });
}
