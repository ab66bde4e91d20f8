import type { Chain } from '../digest/digest-key.ts';
import type { ObjectRef } from '../source/source.ts';
import { CATALOGUE } from './catalogue.ts';
import type { ControlEvent } from './control-event.ts';
import type { Finding, FindingCode, Outcome, Span } from './finding.ts';

/** What kind of events a log file holds, by its folder (user guide, "Finding your CloudTrail log files"). */
export type EventFamily = 'management-and-data' | 'insights' | 'network-activity' | 'aggregated' | 'unknown';

/** Bytes of one object: as stored, and after decompression. */
export interface ByteCount {
  readonly read: number;
  readonly inflated: number;
}

/** What was read of one object, as SHA-256 in lower-case hex: its bytes as stored, and its content, uncompressed, where it can be inflated. */
export interface ObjectHashes {
  readonly stored: string;
  readonly content?: string | undefined;
}

/** Something that was not checked, in words a reader of the report understands. */
export interface Limit {
  readonly code: string;
  readonly text: string;
}

/** The tie of a segment to its neighbours, so that results of parts can be stitched: hex hash and signature. */
export interface SegmentEnd extends ObjectRef {
  readonly sha256: string;
  readonly signature: string;
}

/**
 * What happens during a run, in the order it happens within one chain. Everything else - the report,
 * progress, JSON lines, a checkpoint - is a reader of this stream. Times are milliseconds since the epoch.
 */
export type TrailEvent =
  | {
      readonly type: 'started';
      readonly at: number;
      readonly source: string;
      readonly window: { readonly from: number | null; readonly to: number };
    }
  | {
      readonly type: 'chain';
      readonly id: string;
      readonly chain: Chain;
      readonly organization?: string | undefined;
      readonly inScope: boolean;
      /** Digests in the window by the listing. */
      readonly listed: number;
    }
  | {
      readonly type: 'digest';
      readonly chain: string;
      readonly object: ObjectRef;
      readonly outcome: Outcome;
      /** False for a digest that only evidence names. */
      readonly listed: boolean;
      readonly window?: { readonly from: number; readonly to: number } | undefined;
      /** How many log files it names; 0 unless it is proven. */
      readonly logFiles: number;
      readonly bytes: ByteCount;
      /** There for an object that was read. */
      readonly hashes?: ObjectHashes | undefined;
      /** The version that was read, where the source has versions. */
      readonly versionId?: string | undefined;
      readonly provenBy?: 'own-signature' | 'successor' | undefined;
      readonly fingerprint?: string | undefined;
    }
  /**
   * Proven digests in a row of one chain with nothing to report of them, in place of a `digest` event for each: newest first, in
   * one digest folder, listed, valid, of one kind of proof and signed with one key.
   */
  | {
      readonly type: 'digests';
      readonly chain: string;
      /** The newest of them. */
      readonly newest: ObjectRef;
      readonly count: number;
      readonly provenBy: 'own-signature' | 'successor';
      readonly fingerprint: string;
      /** How many log files they name, all together. */
      readonly logFiles: number;
      /** Of all of them together. */
      readonly bytes: ByteCount;
      /** Lines, leaves and sizes of each, as those of `logs`. */
      readonly lines: Uint8Array;
      readonly leaves: Uint8Array;
      readonly sizes: Uint8Array;
      /** Of each, the beginning of its window, the end, and how many log files it names. */
      readonly windows: Float64Array;
    }
  | {
      readonly type: 'log';
      readonly chain: string;
      readonly object: ObjectRef;
      readonly family: EventFamily;
      readonly outcome: Outcome;
      readonly bytes: ByteCount;
      /** The digest that names it, and its position in that list, from 0. */
      readonly digest: ObjectRef;
      readonly position: number;
      /** There for an object that was read. */
      readonly hashes?: ObjectHashes | undefined;
      /** The version that was read, where the source has versions. */
      readonly versionId?: string | undefined;
    }
  /** Log files in a row of one digest's list that agree with it, in place of a `log` event for each. */
  | {
      readonly type: 'logs';
      readonly chain: string;
      /** The digest that names them, and the position of the first of them in its list, from 0. */
      readonly digest: ObjectRef;
      readonly position: number;
      readonly count: number;
      readonly family: EventFamily;
      /** Of all of them together. */
      readonly bytes: ByteCount;
      /** Their inventory lines, each with its line feed. */
      readonly lines: Uint8Array;
      /** The leaf hashes of those lines, 32 bytes each. */
      readonly leaves: Uint8Array;
      /** Bytes of each, as stored and after decompression: two numbers of four bytes, the lowest first. */
      readonly sizes: Uint8Array;
    }
  | {
      readonly type: 'segment';
      readonly chain: string;
      readonly from: number;
      readonly to: number;
      readonly digests: number;
      readonly newest: SegmentEnd;
      readonly previous: SegmentEnd | null;
    }
  | { readonly type: 'covered'; readonly chain: string; readonly from: number; readonly to: number }
  | {
      readonly type: 'uncovered';
      readonly chain: string;
      readonly from: number;
      readonly to: number;
      readonly reason: FindingCode;
    }
  | { readonly type: 'finding'; readonly finding: Finding }
  /** The results of one query of CloudTrail Lake were judged; its findings came before. */
  | { readonly type: 'query-results'; readonly set: QueryResults; readonly bytes: number }
  /** A verified log file records a call that can silence a trail or change its evidence. */
  | { readonly type: 'control'; readonly event: ControlEvent }
  | { readonly type: 'limit'; readonly limit: Limit }
  | { readonly type: 'checkpoint'; readonly use: StateUse }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'finished'; readonly at: number };

/**
 * What became of the results that CloudTrail Lake saved of one query. Region, time and names are from the sign file, and no
 * signature covers them; null where it does not say them.
 */
export interface QueryResults {
  /** Their folder; ends in `/`. */
  readonly uri: string;
  readonly account: string;
  /** By the path of the folder; null where that is not as CloudTrail writes it. */
  readonly queryId: string | null;
  readonly day: string | null;
  readonly region: string | null;
  readonly completed: string | null;
  /** Of all: sign file, its place, and each file. */
  readonly outcome: Exclude<Outcome, 'missing'>;
  /** Whether AWS's signature over the hashes verifies, with the key that it is by. */
  readonly signed: boolean;
  readonly fingerprint: string | null;
  /** SHA-256 of the sign file as it was read. */
  readonly signFileSha256: string | null;
  /** In the order of the signature. */
  readonly files: readonly QueryResultFile[];
  /** Files in the folder that the sign file does not list. */
  readonly unlisted: number;
  /** What CloudTrail says of the query that the folder names: its word, unsigned. Absent where it was not asked, or said nothing. */
  readonly query?: DescribedQuery | undefined;
}

/** What CloudTrail Lake says of one query; null where it does not say it. */
export interface DescribedQuery {
  readonly text: string | null;
  readonly status: string | null;
  /** Where its results were to be saved, `s3://bucket[/prefix]`. */
  readonly deliveredTo: string | null;
  readonly deliveryStatus: string | null;
  readonly bytesScanned: number | null;
  readonly eventsScanned: number | null;
  readonly eventsMatched: number | null;
}

/** One file of query results: the SHA-256 that is listed, and what became of the file. Null where it was not to be read. */
export interface QueryResultFile {
  readonly name: string;
  readonly sha256: string;
  readonly outcome: Outcome | null;
}

/**
 * What a run does: it finds the places; then it walks their chains and checks their log files; then it looks at what belongs to no
 * place alone, and compares with what must be there.
 */
export type RunPhase = 'finding' | 'verifying' | 'concluding';

/** The progress of a run: what is done, and what is known to be ahead (planned grows while listings come in). */
export interface Progress {
  readonly phase: RunPhase;
  readonly placesDone: number;
  /** Places whose chains are known: their digests are planned. */
  readonly placesListed: number;
  /** Places that were found: all of them once they are verified. */
  readonly placesPlanned: number;
  readonly digestsDone: number;
  readonly digestsPlanned: number;
  readonly logsDone: number;
  readonly logsPlanned: number;
  /** Log files of the planned digests that are not read yet, if each names as many as those of its chain that are. */
  readonly logsExpected: number;
  readonly bytesRead: number;
}

/**
 * How deep a run looked into one chain: everything in its window (`full`); what is new, and the listings of the days
 * before (`chain+listing`); what is new only (`chain`).
 */
export type Depth = 'chain' | 'chain+listing' | 'full';

/** The basis of a run besides its own reading, for one chain: `trustedFromCheckpoint` is the time that only the checkpoint proves. */
export interface ChainDepth {
  readonly depth: Depth;
  readonly trustedFromCheckpoint: readonly Span[];
}

/** What a run did with its state, for the report. Hashes are SHA-256 in lower-case hex, of checkpoints. */
export interface StateRecord {
  readonly location: string;
  /**
   * The checkpoint that was read, when it was written, the certificate that signed it, and who confirms it to this run: that
   * signer, the hash that the run's caller gave, or nobody, and then it saved no reading; null for a first run.
   */
  readonly read: {
    readonly sha256: string;
    readonly written: string;
    readonly signer: string | null;
    readonly trustedBy: 'signer' | 'hash' | null;
  } | null;
  /** The checkpoint that this run made; null where it made none and the old one stays. */
  readonly checkpoint: string | null;
  /** Days of accounts and Regions before the checkpoint: whose listing is as it was, those read again for a change, and those drawn. */
  readonly days: {
    readonly unchanged: number;
    readonly changed: readonly string[];
    readonly sampled: readonly string[];
  };
  readonly sample: { readonly rate: number; readonly seed: string } | null;
  /** Accounts and Regions whose checkpoint stays where it was, because findings hold it back. */
  readonly held: readonly string[];
}

/** The state of a run, and the depth of every chain by its id. */
export interface StateUse {
  readonly state: StateRecord;
  readonly chains: Readonly<Record<string, ChainDepth>>;
}

/**
 * An auditor's statement that unproven findings are known and accepted. At least one of `object`, `chain`
 * and `window` says which are meant; several must all agree. Times are ISO 8601 in UTC, to the second.
 */
export interface Acceptance {
  /** Its name in the report; no two acceptances of a run have the same name. */
  readonly name: string;
  readonly code: FindingCode;
  /** The object's URI, in which `*` matches anything, and `\*` a star. */
  readonly object?: string | undefined;
  /** The chain's id, in which `*` matches anything, and `\*` a star. */
  readonly chain?: string | undefined;
  /** The finding's whole time, and the uncovered time with it, is within this. */
  readonly window?: { readonly from?: string | undefined; readonly to?: string | undefined } | undefined;
  readonly reason: string;
  /** Who accepts it; nobody checks the name. */
  readonly acceptedBy: string;
  /** From this time on it accepts nothing. */
  readonly expires: string;
}

/** What an entry begins a text with that its user has yet to write. */
export const TO_BE_WRITTEN = 'WRITE HERE';

/** The most characters of a pattern: the key of an object has 1,024 bytes at most, each of which may be a star, and a bucket. */
export const MOST_PATTERN = 2200;

/** Whether findings of that code can be accepted: those that leave something of the trail unproven. */
export function isAcceptable(code: FindingCode): boolean {
  const { weight, acceptance } = CATALOGUE[code];
  return weight === 'unproven' && acceptance !== 'never';
}

/** Whether an acceptance names its object as exactly as its code asks for. */
export function isCloseEnough({
  code,
  object,
}: {
  readonly code: FindingCode;
  readonly object?: string | undefined;
}): boolean {
  return CATALOGUE[code].acceptance !== 'by-object' || (object !== undefined && !hasWildcard(object));
}

/**
 * Whether a pattern may match more than one text. A `*` right behind a `\` is a star and no wildcard. Every other `\` means
 * itself, two of them as well: a name with backslashes is its own pattern, as it was before there was `\*`.
 */
export function hasWildcard(pattern: string): boolean {
  return /(?<!\\)\*/.test(pattern);
}

/** The pattern that matches `text` alone. */
export function patternOf(text: string): string {
  return text.replaceAll('*', '\\*');
}

/**
 * Whether `text` matches `pattern`, in which each `*` matches any characters, or none, `\*` a star, and everything
 * else itself. Takes no more steps than the product of both lengths, whatever the pattern.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let inPattern = 0;
  let inText = 0;
  /** Where to go on after a mismatch: behind the last `*`, which then matches one character more. */
  let retry: { readonly pattern: number; text: number } | undefined;
  while (inText < text.length) {
    const isStar = pattern[inPattern] === '\\' && pattern[inPattern + 1] === '*';
    if (pattern[inPattern] === '*') {
      inPattern += 1;
      retry = { pattern: inPattern, text: inText };
    } else if (inPattern < pattern.length && (isStar ? '*' : pattern[inPattern]) === text[inText]) {
      inPattern += isStar ? 2 : 1;
      inText += 1;
    } else {
      if (retry === undefined) return false;
      retry.text += 1;
      inPattern = retry.pattern;
      inText = retry.text;
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}
