import { createHash, type Hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  checkDocument,
  count,
  documentOf,
  list,
  object,
  only,
  orNull,
  pattern,
  record,
  type Schema,
  sha256,
  text,
} from '../base/document-schema.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { asciiJson, strictJson } from '../base/json.ts';
import { placeOf } from '../chain/digest-queue.ts';
import { gunzip, sha256 as hashOf } from '../crypto/hash.ts';
import type { ReportSigner } from '../pki/sign.ts';
import { LONGEST_VERSION_ID } from '../source/source.ts';
import { LINE_FEED, linesOf } from './plan.ts';
import { refuseSignature, signBytes, type TrustedSigners } from './signed.ts';

/**
 * The result of one shard: a line with a signature, and behind it what it signs: lines of JSON in ASCII, in one gzip file. The same reading gives the same lines, so a second result of a
 * shard that differs is evidence that objects changed meanwhile. Nothing in them depends on the machine or the time; the signature
 * does. It comes first: nothing is inflated that nobody signed who is trusted.
 *
 *     {"signature":"<base64 of CMS over the gzip file>"}
 *     {"schema":"trail-verify/shard-result/v1","tool":"0.1.0","plan":"<sha256>","spec":"<sha256>","shard":3}
 *     {"bucket":"…","key":"…","listed":"<24 hex>","stored":"<base64>","metadata":{…},"versionId":null,"logs":["<sha256> 1204 9120 <24 hex>",""]}
 *     …
 *     {"digests":730,"logs":{"agree":9120,"left":1},"findings":{"LOG_MODIFIED":1},"segments":[…],"lines":"<sha256>"}
 *
 * A digest is there as it is stored, to be proven by who merges. For each log file that it names there is one text: the SHA-256 of
 * the stored bytes, their number, that of the content, how it was listed before, and a version, where the content has the hash that
 * the digest recorded. It is empty where that is not so: the file is then read again, by the path that judges. What the shard's own reading found, its
 * counts and the ends of its segments are for people and queues; who merges takes no verdict from them.
 */

/** The name of this form of a result. */
export const RESULT_SCHEMA = 'trail-verify/shard-result/v1';

/** Bytes of a result, inflated: a shard that has more is cut too large. The file itself is smaller. */
export const MOST_RESULT: number = 256 * 1024 * 1024;

/** Bytes of the file, whose signature takes some too. */
export const MOST_RESULT_FILE: number = MOST_RESULT + 1024 * 1024;

/** The first line. `plan` and `spec` are the hashes of `plan.json` and of the shard's own line. */
export interface ResultHead {
  readonly schema: typeof RESULT_SCHEMA;
  readonly tool: string;
  readonly plan: string;
  readonly spec: string;
  readonly shard: number;
}

/** The line of one digest. */
export interface ReadDigest {
  readonly bucket: string;
  readonly key: string;
  /** How it was listed before it was read (see `listed-objects.ts`); empty where it was not. */
  readonly listed: string;
  /** Its bytes as stored, in base64. */
  readonly stored: string;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly versionId: string | null;
  /** One text for each log file that it names (see above); none where log files were left alone. */
  readonly logs: readonly string[];
}

/** One end of a segment as the shard's own reading proved it; `previous` is what its oldest digest records of the one before. */
export interface SegmentEnds {
  readonly chain: string;
  readonly newest: Tie;
  readonly previous: Tie | null;
}

/** A digest as a link names it. */
export interface Tie {
  readonly bucket: string;
  readonly key: string;
  readonly sha256: string;
  readonly signature: string;
}

/** What the reading of a shard came to, for people. */
export interface ShardSummary {
  readonly digests: number;
  readonly logs: { readonly agree: number; readonly left: number };
  /** Findings of the shard's own reading about digests and log files, by code; the shard next to it may explain some. */
  readonly findings: Readonly<Record<string, number>>;
  readonly segments: readonly SegmentEnds[];
}

/** The last line: what it came to, and the SHA-256 of all lines before. */
interface ResultTail extends ShardSummary {
  readonly lines: string;
}

const headSchema: () => Schema<ResultHead> = documentOf<ResultHead>()(() =>
  object({ schema: only(RESULT_SCHEMA), tool: text(), plan: sha256(), spec: sha256(), shard: count() }),
);

const LOG = /^(?:[0-9a-f]{64} \d{1,10} \d{1,10} [0-9a-f]{24}(?: \S+)?)?$/;

const digestSchema: () => Schema<ReadDigest> = documentOf<ReadDigest>()(() =>
  object({
    bucket: text(),
    key: text(),
    listed: pattern(/^(?:[0-9a-f]{24})?$/),
    stored: pattern(/^[A-Za-z0-9+/]*={0,2}$/),
    metadata: orNull(record(text())),
    versionId: orNull(text()),
    logs: list(pattern(LOG)),
  }),
);

const tie = () => object({ bucket: text(), key: text(), sha256: sha256(), signature: text() });

const tailSchema: () => Schema<ResultTail> = documentOf<ResultTail>()(() =>
  object({
    digests: count(),
    logs: object({ agree: count(), left: count() }),
    findings: record(count()),
    segments: list(object({ chain: text(), newest: tie(), previous: orNull(tie()) })),
    lines: sha256(),
  }),
);

/** What a result says of one log file that agrees with its digest. */
export interface AgreeingLog {
  readonly stored: string;
  readonly size: number;
  readonly inflated: number;
  /** How it was listed before it was read; undefined where it was not. */
  readonly listed: string | undefined;
  readonly versionId: string | undefined;
}

/** The text of a log file that agrees; empty where it cannot be said so, and undefined is the text of one that does not agree. */
export function logText(log: AgreeingLog | undefined): string {
  if (log === undefined) return '';
  const { stored, size, inflated, listed = '', versionId } = log;
  const words = `${stored} ${size} ${inflated} ${listed}${versionId === undefined ? '' : ` ${versionId}`}`;
  return LOG.test(words) ? words : '';
}

/** What that text says; undefined for a log file that must be read. */
export function readLogText(words: string): AgreeingLog | undefined {
  if (words === '') return undefined;
  const [stored = '', size, inflated, listed, versionId] = words.split(' ');
  const log = { stored, size: Number(size), inflated: Number(inflated), listed, versionId };
  // No object is larger, and sizes are sent on in four bytes.
  const fits = log.size <= 0xffff_ffff && log.inflated <= 0xffff_ffff;
  const isVersion = versionId === undefined || Buffer.byteLength(versionId) <= LONGEST_VERSION_ID;
  return fits && isVersion ? log : undefined;
}

/** Writes a result, line by line. */
export class ResultWriter {
  readonly #pieces: Buffer[] = [];
  readonly #hash: Hash = createHash('sha256');
  #length = 0;

  constructor(head: Omit<ResultHead, 'schema'>) {
    this.#add({ schema: RESULT_SCHEMA, ...head });
  }

  /** Adds a digest. Throws TARGET_TOO_LARGE where the result becomes larger than one may be. */
  digest({ bucket, key, listed, stored, metadata, versionId, logs }: ReadDigest): void {
    this.#add({ bucket, key, listed, stored, metadata, versionId, logs });
  }

  /** All lines but the signature, and their hash. */
  finish(summary: ShardSummary): { readonly lines: Uint8Array; readonly sha256: string } {
    const { digests, logs, findings, segments } = summary;
    this.#add({ digests, logs, findings, segments, lines: this.#hash.copy().digest('hex') });
    const lines = Buffer.concat(this.#pieces, this.#length);
    return { lines, sha256: hashOf(lines) };
  }

  #add(line: object): void {
    const bytes = Buffer.from(`${asciiJson(line)}\n`, 'latin1');
    this.#length += bytes.length;
    if (this.#length > MOST_RESULT)
      throw new TrailVerifyError(
        'TARGET_TOO_LARGE',
        `a shard has a result of more than ${MOST_RESULT} bytes`,
        {
          hint: 'make a plan of more shards',
        },
      );
    this.#hash.update(bytes);
    this.#pieces.push(bytes);
  }
}

/** A result that was read and checked: its digests by their places, and its summary. */
export interface ShardResult {
  readonly digests: ReadonlyMap<string, ReadDigest>;
  readonly summary: ShardSummary;
  /** SHA-256 of its lines. */
  readonly sha256: string;
  /** Its bytes, inflated. */
  readonly bytes: number;
}

/** Why a result does not count. */
export interface RefusedResult {
  readonly reason: 'damaged' | 'other-shard' | 'other-version' | 'signer';
  readonly detail: string;
}

/** The file of a result that `signer` signs; `at` is the time of that, in milliseconds since the epoch. Rejects with SIGNING_FAILED. */
export async function resultFile(lines: Uint8Array, signer: ReportSigner, at: number): Promise<Uint8Array> {
  const packed = gzipSync(lines);
  const signature = Buffer.from(await signBytes(packed, signer, at)).toString('base64');
  return Buffer.concat([Buffer.from(`${JSON.stringify({ signature })}\n`, 'latin1'), packed]);
}

const SIGNATURE_LINE = /^\{"signature":"([A-Za-z0-9+/]+={0,2})"\}$/;
/** A signature with its certificates: a chain has three or four of them. */
const MOST_SIGNATURE_LINE = 256 * 1024;

/** The lines of a result that somebody signed who is trusted; in words why there are none. */
export function openResult(
  file: Uint8Array,
  trusted: TrustedSigners,
): { readonly lines: Uint8Array } | RefusedResult {
  const end = file.subarray(0, MOST_SIGNATURE_LINE).indexOf(LINE_FEED);
  const line = Buffer.from(file.subarray(0, Math.max(0, end))).toString('latin1');
  const [, signature] = SIGNATURE_LINE.exec(line) ?? [];
  if (signature === undefined) return damaged('its signature is missing');
  const packed = file.subarray(end + 1);
  const why = refuseSignature(packed, Buffer.from(signature, 'base64'), trusted);
  if (why !== undefined) return { reason: 'signer', detail: why };
  const { content, ...refused } = gunzip(packed, MOST_RESULT);
  if (content === undefined)
    return damaged('problem' in refused && typeof refused.problem === 'string' ? refused.problem : 'no gzip');
  return content.trailingBytes > 0
    ? damaged(`${content.trailingBytes} bytes follow it`)
    : { lines: content.bytes };
}

/** Reads a result file, and checks that who signed it is trusted, and that it is whole and of this very shard of this plan. */
export function readResult(
  file: Uint8Array,
  expected: Omit<ResultHead, 'schema'>,
  trusted: TrustedSigners,
): ShardResult | RefusedResult {
  const opened = openResult(file, trusted);
  return 'reason' in opened ? opened : readLines(opened.lines, expected);
}

function readLines(lines: Uint8Array, expected: Omit<ResultHead, 'schema'>): ShardResult | RefusedResult {
  const digests = new Map<string, ReadDigest>();
  const hash = createHash('sha256');
  let isHead = true;
  let tail: ResultTail | undefined;
  for (const line of linesOf(lines)) {
    if (tail !== undefined) return damaged('lines follow its last');
    const read = strictJson(line);
    if ('problem' in read) return damaged(`a line ${read.problem}`);
    if (isHead) {
      const refused = refuseHead(read.value, expected);
      if (refused !== undefined) return refused;
      isHead = false;
    } else {
      const digest = checkDocument(digestSchema(), read.value);
      if ('problem' in digest) {
        const end = checkDocument(tailSchema(), read.value);
        if ('problem' in end) return damaged(digest.problem);
        tail = end.value;
        if (tail.lines !== hash.copy().digest('hex')) return damaged('its lines are not those that it had');
        continue;
      }
      const place = placeOf(digest.value);
      if (digests.has(place)) return damaged('it holds one digest twice');
      digests.set(place, digest.value);
    }
    hash.update(line).update('\n');
  }
  if (tail === undefined) return damaged('its end is missing');
  if (tail.digests !== digests.size)
    return damaged(`it has ${digests.size} digests, and says ${tail.digests}`);
  const { lines: _, ...summary } = tail;
  return { digests, summary, sha256: hashOf(lines), bytes: lines.length };
}

function refuseHead(value: unknown, expected: Omit<ResultHead, 'schema'>): RefusedResult | undefined {
  const head = checkDocument(headSchema(), value);
  if ('problem' in head) return damaged(head.problem);
  const { tool, plan, spec, shard } = head.value;
  if (plan !== expected.plan || spec !== expected.spec || shard !== expected.shard)
    return { reason: 'other-shard', detail: `it is of shard ${shard} of the plan ${plan.slice(0, 12)}…` };
  if (tool !== expected.tool)
    return { reason: 'other-version', detail: `it is of version ${JSON.stringify(tool.slice(0, 40))}` };
  return undefined;
}

function damaged(detail: string): RefusedResult {
  return { reason: 'damaged', detail };
}
