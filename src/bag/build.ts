/**
 * Builds an evidence bag (BagIt 1.0, RFC 8493) out of what a run read, in the order in which it becomes known:
 *
 *     add(object) …       while the run goes on: the bytes of digests and log files
 *     addFinding(…) …     and what could not be read
 *     sealPayload(…)      when its report is known: tables, keys, manifest; its SHA-256 goes into report.json
 *     sealTags(…)         when report.json is written and signed: texts for people, and the manifest of all around `data/`
 *
 * Files are written as they come; only names, hashes and rows are held, about a kilobyte for each object.
 */

import { isoTime } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { asciiJson } from '../base/json.ts';
import type {
  ExaminedDigest,
  ExaminedLog,
  ExaminedObject,
  ExaminedResult,
  ExaminedSignFile,
} from '../chain/list-digests.ts';
import { sha256 } from '../crypto/hash.ts';
import { formatKeyLine } from '../crypto/key-file.ts';
import type { PublicKey } from '../crypto/public-key.ts';
import { relocator } from '../digest/digest-key.ts';
import { wasInterrupted } from '../findings/catalogue.ts';
import type { Finding, FindingOf } from '../findings/finding.ts';
import { countOfCode } from '../report/findings-beyond.ts';
import type { Report } from '../report/report.ts';
import {
  BAG_OBJECTS,
  type BagObject,
  type BagSummary,
  bagPath,
  formatManifest,
  LONGEST_INDEX,
  PAYLOAD_MANIFEST,
  SIGNATURE_SUFFIX,
  TAG_MANIFEST,
  UNFINISHED_BAG,
} from '../source/bag/index.ts';
import { BAG_SUMMARY } from '../source/bag/look.ts';
import {
  type BagFacts,
  DIGEST_ROWS,
  formatDigestRows,
  formatLogRows,
  formatResultRows,
  formatSignRows,
  LOG_ROWS,
  RESULT_ROWS,
  type ResultRow,
  resultRow,
  SIGN_ROWS,
  type SignRow,
  signRow,
} from './rows.ts';
import { countedQueries, type DigestFacts, digestRows, type LogFacts, logRows, placeOf } from './tables.ts';
import { bagTexts } from './texts.ts';

/** Where a bag's files are written to, and read back from; see `bagFolder`. */
export interface BagFiles {
  write(path: string, content: Uint8Array | string): Promise<void>;
  list(): Promise<readonly { readonly path: string }[]>;
  hash(path: string): Promise<{ readonly sha256: string; readonly size: number } | undefined>;
}

/** What a run was, for the payload. */
export interface PayloadFacts {
  readonly report: Report;
  /** The public keys that the run relied on. */
  readonly keys: readonly PublicKey[];
  /** Further files of `data/meta`, by name: what AWS said of the trail or the caller, as JSON. */
  readonly meta?: Readonly<Record<string, string>> | undefined;
}

/** The facts of the bag at the end, except those of the builder itself. */
export type TagFacts = Omit<BagFacts, 'payload' | 'includesLogs'>;

/** The payload so far: how many files, and their bytes. */
export interface PayloadSize {
  readonly files: number;
  readonly bytes: number;
}

/** Builds one bag. Every method throws what writing throws. */
export class BagBuilder {
  readonly #files: BagFiles;
  readonly #includeLogs: boolean;
  readonly #manifest = new Map<string, string>();
  readonly #objects: BagObject[] = [];
  readonly #digests: DigestFacts[] = [];
  readonly #logs: LogFacts[] = [];
  /** By their places. */
  readonly #signFiles = new Map<string, SignRow>();
  readonly #results: ResultRow[] = [];
  readonly #unread: BagObject[] = [];
  /** What was found malformed: the run has not read what is larger than any such object. */
  readonly #malformed = new Map<string, BagObject>();
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(files: BagFiles, { includeLogs }: { readonly includeLogs: boolean }) {
    this.#files = files;
    this.#includeLogs = includeLogs;
  }

  /** Keeps one examined object; a log file or query result only where those are to be included. Several may come at once. */
  async add(object: ExaminedObject): Promise<void> {
    try {
      if (object.kind === 'digest') await this.#addDigest(object);
      else if (object.kind === 'sign-file') await this.#addSignFile(object);
      else if (!this.#includeLogs) return;
      else if (object.kind === 'log') await this.#addLog(object);
      else await this.#addResult(object);
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }

  /** Takes a finding of the run into account, and must get every one: the bag names objects that could not be read. */
  addFinding(finding: Finding): void {
    const unread = unreadObject(finding);
    if (unread !== undefined) this.#unread.push(unread);
    const malformed = malformedObject(finding);
    if (malformed !== undefined) this.#malformed.set(placeOf(malformed), malformed);
  }

  /** Writes all that belongs to the payload and its manifest, whose SHA-256 (hex) is returned. Throws also what `add` threw, and INTERNAL where it did not get every finding. */
  async sealPayload({ report, keys, meta = {} }: PayloadFacts): Promise<string> {
    // The run treats such an error as its own and reports what it has; a bag with a hole in it is no evidence.
    if (this.#failure !== undefined) throw this.#failure.error;
    const unread = UNREAD_CODES.reduce((sum, code) => sum + countOfCode(report, code), 0);
    if (this.#unread.length !== unread)
      throw new TrailVerifyError(
        'INTERNAL',
        `the bag received ${this.#unread.length} findings of unread objects, and its report counts ${unread}`,
      );
    const chains = new Set(report.chains.map(({ id }) => id));
    const relocations = relocator(report.source.relocated);
    const digests = digestRows(this.#digests, chains, relocations);
    await this.#write(DIGEST_ROWS, formatDigestRows(digests));
    if (this.#includeLogs) {
      const files = new Map(this.#digests.map(({ ref, file }) => [placeOf(ref), file]));
      const rows = logRows(this.#logs, digests, chains, (digest) => files.get(placeOf(digest)));
      await this.#write(LOG_ROWS, formatLogRows(rows));
    }
    if (this.#signFiles.size > 0) {
      const { signRows, resultRows } = countedQueries(this.#signFiles, this.#results, report);
      await this.#write(SIGN_ROWS, formatSignRows(signRows));
      if (this.#includeLogs) await this.#write(RESULT_ROWS, formatResultRows(resultRows));
    }
    for (const [path, text] of bagKeyFiles(keys)) await this.#write(path, text);
    const objects = [...this.#objects, ...this.#unread, ...this.#tooLarge()].sort(byPlace);
    await this.#write(BAG_OBJECTS, indexOf(objects));
    await this.#write(BAG_SUMMARY, `${asciiJson(this.#summary(report, objects), 2)}\n`);
    for (const [name, text] of Object.entries(meta)) await this.#write(`data/meta/${name}`, text);
    const text = formatManifest(this.#manifest);
    await this.#files.write(PAYLOAD_MANIFEST, text);
    return sha256(Buffer.from(text));
  }

  /** Writes one more file of the payload, before it is sealed: `path` begins with `data/`. */
  addFile(path: string, content: Uint8Array | string): Promise<void> {
    return this.#write(path, content);
  }

  /** What the payload holds so far. */
  get payload(): PayloadSize {
    return { files: this.#manifest.size, bytes: this.#bytes };
  }

  /** Writes the texts for people and BagIt's own, then the manifest of every file outside `data/`. */
  async sealTags(facts: TagFacts): Promise<void> {
    const texts = bagTexts({ ...facts, payload: this.payload, includesLogs: this.#includeLogs });
    for (const [name, text] of texts) await this.#files.write(name, text);
    await this.#files.write('verify.sh', facts.script);
    const manifest = new Map<string, string>();
    for (const { path } of await this.#files.list()) {
      if (path.startsWith('data/') || path === UNFINISHED_BAG.name) continue;
      const hashed = await this.#files.hash(path);
      if (hashed !== undefined) manifest.set(path, hashed.sha256);
    }
    await this.#files.write(TAG_MANIFEST, formatManifest(manifest));
  }

  async #addDigest(object: ExaminedDigest): Promise<void> {
    const file = await this.#keep(object);
    if (file === undefined) return;
    const { signature } = object;
    const isHex = signature !== undefined && signature.length % 2 === 0 && /^[0-9a-f]+$/.test(signature);
    if (isHex) await this.#write(file + SIGNATURE_SUFFIX, Buffer.from(signature, 'hex'));
    const { stored: _stored, ...facts } = object;
    this.#digests.push({ ...facts, file });
  }

  async #addLog(object: ExaminedLog): Promise<void> {
    const file = await this.#keep(object);
    if (file === undefined) return;
    const { stored: _stored, ...facts } = object;
    this.#logs.push({ ...facts, file });
  }

  async #addSignFile(object: ExaminedSignFile): Promise<void> {
    const file = await this.#keep(object);
    if (file === undefined) return;
    const { signed } = object;
    if (signed !== undefined)
      await this.#write(file + SIGNATURE_SUFFIX, Buffer.from(signed.signature, 'hex'));
    this.#signFiles.set(placeOf(object.ref), signRow(object, file));
  }

  async #addResult(object: ExaminedResult): Promise<void> {
    const file = await this.#keep(object);
    // Its sign file was read before it.
    const signFile = this.#signFiles.get(placeOf(object.signFile))?.file;
    if (file !== undefined && signFile !== undefined) this.#results.push(resultRow(object, file, signFile));
  }

  /** Writes an object's bytes as they were stored; undefined where this very object is kept already. */
  async #keep({ kind, ref, stored }: ExaminedObject): Promise<string | undefined> {
    const { bytes, metadata, lastModified, versionId, etag, storageClass } = stored;
    const hash = sha256(bytes);
    const wanted = bagPath(kind, ref);
    let file = wanted;
    // An object that changed while the run went on, read twice, is kept in both forms.
    for (let next = 2; this.#manifest.has(file); next += 1) {
      // Two digests may name one log file: it was read for each of them, and is kept once.
      if (this.#manifest.get(file) === hash) return kind === 'digest' ? undefined : file;
      file = wanted.replace(/(\.[a-z]+(?:\.gz)?)$/, `.${next}$1`);
    }
    await this.#write(file, bytes, hash);
    this.#objects.push({
      kind,
      bucket: ref.bucket,
      key: ref.key,
      file,
      size: bytes.length,
      lastModified: lastModified === undefined ? undefined : new Date(lastModified).toISOString(),
      versionId,
      etag,
      storageClass,
      metadata,
    });
    return file;
  }

  /** Malformed objects that nobody read, so that they are not in the bag. Without them the bag would be better than its bucket. */
  #tooLarge(): readonly BagObject[] {
    const kept = new Set(this.#objects.map(placeOf));
    return [...this.#malformed].flatMap(([place, object]) =>
      kept.has(place) || (object.kind === 'log' && !this.#includeLogs) ? [] : [object],
    );
  }

  async #write(path: string, content: Uint8Array | string, hash?: string): Promise<void> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    // Before the first wait, so that no other object takes the same name.
    this.#manifest.set(path, hash ?? sha256(bytes));
    this.#bytes += bytes.length;
    await this.#files.write(path, bytes);
  }

  #summary(report: Report, objects: readonly BagObject[]): BagSummary {
    const isWhole = !wasInterrupted(report.findings);
    const completeness = isWhole ? 'complete' : 'partial';
    const logsRead = report.limits.every(({ code }) => code !== 'LOGS_NOT_CHECKED');
    return {
      schema: 'trail-verify/bag/v1',
      buckets: [...new Set(objects.map(({ bucket }) => bucket))].sort(),
      digests: completeness,
      logs: this.#includeLogs && logsRead ? completeness : 'none',
      window: report.window.requested,
    };
  }
}

const UNREAD: Readonly<Record<string, NonNullable<BagObject['unread']>['code']>> = {
  denied: 'OBJECT_DENIED',
  archived: 'OBJECT_ARCHIVED',
  undecryptable: 'OBJECT_UNDECRYPTABLE',
};

/** The findings of objects that could not be read, each with the kind of the object. */
const UNREAD_KINDS = {
  DIGEST_UNREADABLE: 'digest',
  LOG_UNREADABLE: 'log',
  LAKE_SIGN_FILE_UNREADABLE: 'sign-file',
  LAKE_RESULT_UNREADABLE: 'result',
} as const;
const UNREAD_CODES = [
  'DIGEST_UNREADABLE',
  'LOG_UNREADABLE',
  'LAKE_SIGN_FILE_UNREADABLE',
  'LAKE_RESULT_UNREADABLE',
] as const;

function isUnread(finding: Finding): finding is FindingOf<(typeof UNREAD_CODES)[number]> {
  return Object.hasOwn(UNREAD_KINDS, finding.code);
}

/** What the run could not read: not in the bag, and not missing either. */
function unreadObject(finding: Finding): BagObject | undefined {
  if (!isUnread(finding)) return undefined;
  const { bucket, key } = finding.object;
  const { reason, detail } = finding.evidence;
  const kind = UNREAD_KINDS[finding.code];
  const code = UNREAD[reason] ?? 'OBJECT_UNREACHABLE';
  return { kind, bucket, key, size: 0, unread: { code, message: detail } };
}

/** The findings of objects that are malformed, or too large to be read. */
const MALFORMED_KINDS = {
  DIGEST_MALFORMED: 'digest',
  LOG_MALFORMED: 'log',
  LAKE_SIGN_FILE_MALFORMED: 'sign-file',
} as const;

function isMalformed(finding: Finding): finding is FindingOf<keyof typeof MALFORMED_KINDS> {
  return Object.hasOwn(MALFORMED_KINDS, finding.code);
}

/** What the run calls malformed, as an object that was too large to be read. */
function malformedObject(finding: Finding): BagObject | undefined {
  if (!isMalformed(finding)) return undefined;
  const { bucket, key } = finding.object;
  const { evidence } = finding;
  const message = 'problem' in evidence ? evidence.problem : evidence.problems.join('; ');
  const kind = MALFORMED_KINDS[finding.code];
  return { kind, bucket, key, size: 0, unread: { code: 'OBJECT_TOO_LARGE', message } };
}

/** The index of the bag. Throws OUTPUT_NOT_WRITTEN where nobody could read it. */
function indexOf(objects: readonly BagObject[]): Uint8Array {
  let bytes = 0;
  const lines: Buffer[] = [];
  for (const object of objects) {
    const line = Buffer.from(`${asciiJson(object)}\n`, 'latin1');
    bytes += line.length;
    if (bytes > LONGEST_INDEX)
      throw new TrailVerifyError(
        'OUTPUT_NOT_WRITTEN',
        `the bag has more objects and metadata than its index may hold (${LONGEST_INDEX} bytes)`,
        { hint: 'make several bags, each of a shorter window (--from, --to)' },
      );
    lines.push(line);
  }
  return Buffer.concat(lines);
}

function byPlace(a: BagObject, b: BagObject): number {
  const [left, right] = [a, b].map(({ kind, bucket, key, file = '' }) =>
    [kind, bucket, key, file].join('\n'),
  );
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

/** The folder of the public keys in a bag, and the file of one by its fingerprint. */
export const BAG_KEYS = 'data/keys/';

/**
 * The files of the public keys that a run relied on, by path: each as `<fingerprint>.pem` for openssl, and those of known
 * validity as ListPublicKeys gave them (`list-public-keys.json`) and with their Regions (`keys.jsonl`, for --keys).
 */
function bagKeyFiles(keys: readonly PublicKey[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const sorted = [...keys].sort((a, b) =>
    `${a.fingerprint} ${a.region ?? ''}` < `${b.fingerprint} ${b.region ?? ''}` ? -1 : 1,
  );
  for (const { fingerprint, key } of sorted)
    files.set(`${BAG_KEYS}${fingerprint}.pem`, key.export({ type: 'spki', format: 'pem' }).toString());
  const listed = sorted.flatMap((key) =>
    key.validFrom === undefined ? [] : [{ ...key, validFrom: key.validFrom }],
  );
  const list = listed.map(({ fingerprint, der, validFrom, validTo }) => ({
    Value: Buffer.from(der).toString('base64'),
    ValidityStartTime: isoTime(validFrom),
    ValidityEndTime: validTo === undefined ? undefined : isoTime(validTo),
    Fingerprint: fingerprint,
  }));
  if (listed.length === 0) return files;
  files.set(`${BAG_KEYS}list-public-keys.json`, `${asciiJson({ PublicKeyList: list }, 2)}\n`);
  files.set(`${BAG_KEYS}keys.jsonl`, listed.map((key) => `${formatKeyLine(key)}\n`).join(''));
  return files;
}
