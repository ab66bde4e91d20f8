/**
 * The check of one set of query results, as `aws cloudtrail verify-query-results` does it, and of what that passes over:
 *
 *     sign file  --read strictly-->  hashes in a row  --key by Region and fingerprint-->  signature verifies, or not
 *     each file  --SHA-256 as stored-->  the listed one, or not; and no file that is not listed
 *
 * The key must have been valid when the query ended or in the twenty days after, which is the time that aws-cli asks keys for.
 */

import { DAY, HOUR, isoTime } from '../base/clock.ts';
import { isObjectError } from '../base/errors.ts';
import { mapToEnd } from '../base/flow.ts';
import { append } from '../base/lists.ts';
import { findingObject } from '../chain/check-digest.ts';
import type { TakeExamined } from '../chain/list-digests.ts';
import { namesLogFile } from '../chain/misfits/look-alikes.ts';
import { misfitFinding } from '../chain/misfits/misfits.ts';
import { readFailure } from '../chain/read-digest.ts';
import { sha256 } from '../crypto/hash.ts';
import { type KeyRing, type PublicKey, verifySignature } from '../crypto/public-key.ts';
import type { Relocator } from '../digest/digest-key.ts';
import type { QueryResultFile, QueryResults } from '../findings/event.ts';
import { type Finding, makeFinding, type Outcome } from '../findings/finding.ts';
import {
  type ListedObject,
  type ObjectRef,
  type OpenOptions,
  objectUri,
  type Source,
  type StoredObject,
} from '../source/source.ts';
import { type FoundResults, MAX_HELD } from './find-results.ts';
import {
  type ListedResult,
  MAX_SIGN_FILE,
  parseSignFile,
  SIGN_FILE,
  type SignFile,
  signedHashes,
} from './sign-file.ts';

/** What the check of query results needs of a run. */
export interface ResultsContext {
  readonly source: Pick<Source, 'open' | 'hashed'>;
  readonly keyRing: Pick<KeyRing, 'find'>;
  readonly relocations: Relocator;
  /** The present, milliseconds since the epoch. */
  readonly now: number;
  /** Whether result files are read; their sign files always are. */
  readonly readsResults: boolean;
  /** Whether results of that Region are meant. */
  readonly includesRegion: (region: string) => boolean;
  /** Is handed the sign file and each result that was read. */
  readonly onObject?: TakeExamined | undefined;
  /** A share of the memory for files; see `OpenOptions`. */
  readonly hold?: (() => { readonly take: OpenOptions['admit']; readonly release: () => void }) | undefined;
}

/** What became of one set. */
export interface CheckedResults {
  readonly set: QueryResults;
  /** The Region that the key proves; undefined where none does, for the field in the sign file is not signed. */
  readonly provenRegion: string | undefined;
  /** Whether a proof shows that it is of a Region that is not meant. It is then here for its findings alone. */
  readonly isForeign: boolean;
  readonly findings: readonly Finding[];
  /** Bytes read. */
  readonly bytes: number;
  /** The signature, lower-case hex; undefined where there is none that can be read. */
  readonly signature: string | undefined;
}

/** It was listed, so that it is gone since says nothing of what it held. */
const VANISHED = { reason: 'vanished', detail: 'it was listed, and was gone when it was read' } as const;
/** How long after the end of its query a set may be signed: aws-cli asks for the keys of so many days. */
const SIGNED_WITHIN = 20 * DAY;
/** A query runs for an hour at most, and its folder may be named for its begin or its end. */
const DAYS_APART = DAY;
/** How far the clocks of AWS and of this machine may be apart. */
const CLOCKS_APART = HOUR;
/** Listed files of one set that are asked for though the listing lacks them: so many show that it lacks none that is there. */
const MOST_ABSENT_ASKED = 4;
/** Files of one set read at once. */
const FILES_AT_ONCE = 4;
/** Files of one folder that are named one by one. */
const MOST_UNLISTED = 1_000;

/**
 * Checks one set; undefined where its signature proves that it is of a Region that is not meant, and nothing is wrong in its folder:
 * anybody may put a genuine sign file of that Region into any folder. Rejects only with errors that end the run.
 */
export async function checkResults(
  found: FoundResults,
  context: ResultsContext,
): Promise<CheckedResults | undefined> {
  const checked = await new ResultsCheck(found, context).run();
  if (!checked.isForeign) return checked;
  if (checked.findings.every(({ weight }) => weight === 'note')) return undefined;
  if (context.onObject === undefined) return checked;
  // Whoever keeps the objects was not handed those of a set that might have been left out.
  const again = await new ResultsCheck(found, { ...context, includesRegion: () => true }).run();
  return { ...again, isForeign: true };
}

class ResultsCheck {
  readonly #found: FoundResults;
  readonly #context: ResultsContext;
  readonly #signFile: ObjectRef;
  /** Those of its folder, but the sign file's. */
  readonly #keys: ReadonlySet<string>;
  readonly #findings: Finding[] = [];
  #bytes = 0;
  #signed: SignFile | undefined;
  #isProven = false;
  #provenRegion: string | undefined;
  #isForeign = false;
  /** Files that the listing lacks and that were asked for: how many were there, and were not. */
  readonly #absent = { there: 0, gone: 0 };

  constructor(found: FoundResults, context: ResultsContext) {
    this.#found = found;
    this.#context = context;
    this.#keys = new Set(found.objects.map(({ key }) => key));
    this.#signFile = { bucket: found.folder.bucket, key: found.key + SIGN_FILE };
  }

  async run(): Promise<CheckedResults> {
    const { folder, key, place, signFile } = this.#found;
    let signFileSha256: string | null = null;
    if (signFile === undefined) {
      const evidence = { results: this.#found.objects.length };
      this.#findings.push(makeFinding('LAKE_SIGN_FILE_MISSING', this.#about(this.#signFile), evidence));
    } else {
      const stored = await this.#openSignFile();
      if (stored !== undefined) {
        signFileSha256 = sha256(stored.bytes);
        await this.#judgeSignFile(stored, signFileSha256);
      }
    }
    this.#judgePlace();
    const files = await this.#judgeFiles();
    const unlisted = this.#tellUnlisted();
    const signed = this.#signed;
    const { bucket } = folder;
    return {
      set: {
        uri: objectUri({ bucket, key }),
        account: folder.account,
        queryId: place?.queryId ?? null,
        day: place === undefined ? null : isoTime(place.day).slice(0, 10),
        region: signed?.region ?? null,
        completed: signed === undefined ? null : isoTime(signed.completed),
        outcome: judgedOutcome(this.#findings),
        signed: this.#isProven,
        fingerprint: signed?.fingerprint ?? null,
        signFileSha256,
        files,
        unlisted,
      },
      provenRegion: this.#provenRegion,
      isForeign: this.#isForeign,
      findings: this.#findings,
      bytes: this.#bytes,
      signature: signed?.signature,
    };
  }

  get #onObject(): TakeExamined | undefined {
    return this.#isForeign ? undefined : this.#context.onObject;
  }

  #about(ref: ObjectRef): Pick<Finding, 'object' | 'time'> {
    const time = this.#signed === undefined ? undefined : isoTime(this.#signed.completed);
    return { object: findingObject(ref, this.#context.relocations), time };
  }

  /** The sign file, or a finding that says why there is none. */
  async #openSignFile(): Promise<StoredObject | undefined> {
    const ref = this.#signFile;
    const { source } = this.#context;
    try {
      const stored = await source.open(ref, { maxBytes: MAX_SIGN_FILE });
      this.#bytes += stored.bytes.length;
      return stored;
    } catch (error) {
      if (!isObjectError(error)) throw error;
      if (error.code === 'OBJECT_TOO_LARGE') {
        const evidence = { problems: [error.message] };
        this.#findings.push(makeFinding('LAKE_SIGN_FILE_MALFORMED', this.#about(ref), evidence));
      } else {
        const failure = error.code === 'OBJECT_NOT_FOUND' ? VANISHED : readFailure(error);
        this.#findings.push(makeFinding('LAKE_SIGN_FILE_UNREADABLE', this.#about(ref), failure));
      }
      return undefined;
    }
  }

  /** Parses and proves the sign file. */
  async #judgeSignFile(stored: StoredObject, hash: string): Promise<void> {
    const ref = { ...this.#signFile, versionId: stored.versionId };
    const before = this.#findings.length;
    const parsed = parseSignFile(stored.bytes);
    if (parsed.signFile === undefined) {
      const evidence = { problems: parsed.problems, sha256: hash };
      this.#findings.push(makeFinding('LAKE_SIGN_FILE_MALFORMED', this.#about(ref), evidence));
    } else {
      this.#signed = parsed.signFile;
      const key = await this.#prove(ref, parsed.signFile);
      // Only a key that AWS lists for one Region says which that is: the field itself is not signed.
      this.#provenRegion = this.#isProven ? key?.region : undefined;
      const region = this.#provenRegion;
      this.#isForeign = region !== undefined && !this.#context.includesRegion(region);
    }
    const signed = this.#signed && {
      text: signedHashes(this.#signed.files),
      signature: this.#signed.signature,
      fingerprint: this.#signed.fingerprint,
      isProven: this.#isProven,
    };
    const outcome = judgedOutcome(this.#findings.slice(before));
    await this.#onObject?.({ kind: 'sign-file', ref: this.#signFile, stored, outcome, signed });
  }

  async #prove(ref: ObjectRef, signFile: SignFile): Promise<PublicKey | undefined> {
    const { region, fingerprint, completed, signature, files } = signFile;
    const lookup = await this.#context.keyRing.find({ region, fingerprint, time: completed });
    const about = this.#about(ref);
    if (lookup.found === undefined) {
      const evidence = { fingerprint, region, ringComplete: lookup.complete };
      this.#findings.push(makeFinding('LAKE_KEY_UNKNOWN', about, evidence));
      return undefined;
    }
    const { found: key } = lookup;
    const { origin, distrust, validFrom, validTo } = key;
    if (distrust !== undefined) {
      const evidence = { fingerprint, region, origin, ...distrust };
      this.#findings.push(makeFinding('LAKE_KEY_UNTRUSTED', about, evidence));
      return undefined;
    }
    const isValid =
      (validTo ?? completed) >= completed && (validFrom ?? completed) <= completed + SIGNED_WITHIN;
    if (!isValid) {
      const times = {
        validFrom: timeText(validFrom),
        validTo: timeText(validTo),
        completed: isoTime(completed),
      };
      this.#findings.push(makeFinding('LAKE_KEY_EXPIRED', about, { fingerprint, region, ...times }));
    }
    const text = signedHashes(files);
    if (!verifySignature(text, signature, key.key)) {
      const evidence = {
        fingerprint,
        region,
        files: files.length,
        sha256: sha256(Buffer.from(text)),
        signature,
      };
      this.#findings.push(makeFinding('LAKE_SIGNATURE_INVALID', about, evidence));
    } else if (isValid) this.#isProven = true;
    return key;
  }

  /** Whether the folder is one that CloudTrail makes, and the names are in its order. */
  #judgePlace(): void {
    const { folder, key, place } = this.#found;
    const { now } = this.#context;
    const completed = this.#signed?.completed;
    const about = this.#about({ bucket: folder.bucket, key });
    const isOtherDay =
      completed !== undefined &&
      place !== undefined &&
      (completed < place.day - DAYS_APART || completed >= place.day + DAY + DAYS_APART);
    const isToCome = (place?.day ?? 0) > now || (completed ?? 0) > now + CLOCKS_APART;
    const reason = place === undefined ? 'path' : isToCome ? 'future' : isOtherDay ? 'other-day' : undefined;
    if (reason !== undefined) {
      const evidence = {
        reason,
        completed: completed === undefined ? undefined : isoTime(completed),
      } as const;
      this.#findings.push(makeFinding('LAKE_PLACE_ODD', about, evidence));
    }
    const files = this.#signed?.files ?? [];
    const at = files.findIndex(({ name }, index) => name !== nameAt(index));
    const named = files[at];
    if (named === undefined) return;
    const evidence = { expected: nameAt(at), actual: named.name };
    this.#findings.push(makeFinding('LAKE_NAMES_NOT_IN_ORDER', this.#about(this.#signFile), evidence));
  }

  async #judgeFiles(): Promise<readonly QueryResultFile[]> {
    return mapToEnd(this.#signed?.files ?? [], FILES_AT_ONCE, async (listed) => ({
      ...listed,
      outcome: await this.#judgeFile(listed),
    }));
  }

  /** What became of one listed file; null for one that was found and is not to be read. */
  async #judgeFile({ name, sha256: expected }: ListedResult): Promise<Outcome | null> {
    const ref = { bucket: this.#signFile.bucket, key: this.#found.key + name };
    const signFile = objectUri(this.#signFile);
    if (!this.#context.readsResults && this.#keys.has(ref.key)) return null;
    if (!this.#keys.has(ref.key) && this.#isListingTrue()) return this.#missing(ref, expected, undefined);
    const hold = this.#context.hold?.();
    try {
      const read = await this.#read(ref, hold?.take);
      this.#bytes += read.size;
      if (!this.#keys.has(ref.key)) this.#absent.there += 1;
      const isSame = read.sha256 === expected;
      const outcome = isSame ? (this.#isProven ? 'valid' : 'unproven') : 'invalid';
      if (!isSame) {
        const evidence = { expected, actual: read.sha256, signFile };
        const about = this.#about({ ...ref, versionId: read.versionId });
        this.#findings.push(makeFinding('LAKE_RESULT_MODIFIED', about, evidence));
      }
      const { stored } = read;
      if (stored !== undefined)
        await this.#onObject?.({
          kind: 'result',
          ref,
          stored,
          outcome,
          sha256: expected,
          signFile: this.#signFile,
        });
      return outcome;
    } catch (error) {
      if (!isObjectError(error)) throw error;
      if (error.code === 'OBJECT_NOT_FOUND') {
        if (!this.#keys.has(ref.key)) this.#absent.gone += 1;
        return this.#missing(ref, expected, error.claim);
      }
      const evidence = { ...readFailure(error), signFile };
      this.#findings.push(makeFinding('LAKE_RESULT_UNREADABLE', this.#about(ref), evidence));
      return 'unproven';
    } finally {
      hold?.release();
    }
  }

  /** Whether files that the listing lacks were asked for, and all of them are gone: then the others need not be asked for. */
  #isListingTrue(): boolean {
    return this.#absent.there === 0 && this.#absent.gone >= MOST_ABSENT_ASKED;
  }

  #missing(ref: ObjectRef, expected: string, claim: string | undefined): 'missing' {
    // A copy's statement about a missing file may come from the one who removed it.
    const evidence = { expected, signFile: objectUri(this.#signFile), claim };
    this.#findings.push(makeFinding('LAKE_RESULT_MISSING', this.#about(ref), evidence));
    return 'missing';
  }

  /** Hashes a file piece by piece where the source can, and nobody keeps it. */
  async #read(ref: ObjectRef, admit: OpenOptions['admit']): Promise<ReadResult> {
    const { source } = this.#context;
    if (source.hashed !== undefined && this.#onObject === undefined) return source.hashed(ref);
    const stored = await source.open(ref, { maxBytes: MAX_HELD, admit });
    return { size: stored.bytes.length, sha256: sha256(stored.bytes), versionId: stored.versionId, stored };
  }

  /** Tells of files that the sign file does not list; how many there are. Without a sign file that can be read nothing is listed. */
  #tellUnlisted(): number {
    if (this.#signed === undefined) return 0;
    const { folder, key, objects } = this.#found;
    const { bucket } = folder;
    const { relocations } = this.#context;
    const listed = new Set(this.#signed.files.map(({ name }) => key + name));
    const unlisted = objects.filter((object) => !listed.has(object.key));
    append(
      this.#findings,
      unlisted.slice(0, MOST_UNLISTED).map((object) => unlistedFinding(bucket, object, relocations)),
    );
    const further = unlisted.length - MOST_UNLISTED;
    if (further > 0) {
      const evidence = { size: 0, further };
      this.#findings.push(makeFinding('LAKE_RESULT_UNLISTED', this.#about({ bucket, key }), evidence));
    }
    return unlisted.length;
  }
}

/** One result as it was read. */
interface ReadResult {
  readonly size: number;
  readonly sha256: string;
  readonly versionId?: string | undefined;
  readonly stored?: StoredObject | undefined;
}

/** A file that may pass for a log file is told as one that no digest lists. */
function unlistedFinding(bucket: string, listed: ListedObject, relocations: Relocator): Finding {
  const { key, size, lastModified } = listed;
  if (namesLogFile(key))
    return misfitFinding({ bucket, object: listed, asLog: true, reason: 'place' }, relocations);
  const written = lastModified === undefined ? undefined : isoTime(lastModified);
  const object = findingObject({ bucket, key }, relocations);
  return makeFinding('LAKE_RESULT_UNLISTED', { object, time: written }, { written, size });
}

/** The findings of a set make it valid, invalid or unproven; what is missing makes it invalid. */
function judgedOutcome(findings: readonly Finding[]): QueryResults['outcome'] {
  const weights = new Set(findings.map(({ weight }) => weight));
  if (weights.has('violation')) return 'invalid';
  return weights.has('unproven') ? 'unproven' : 'valid';
}

function nameAt(index: number): string {
  return `result_${index + 1}.csv.gz`;
}

function timeText(time: number | undefined): string {
  return time === undefined ? 'unknown' : isoTime(time);
}
