import { HOUR } from '../base/clock.ts';
import { isObjectError, TrailVerifyError } from '../base/errors.ts';
import { type ByteBudget, mapParallel } from '../base/flow.ts';
import { findingObject, type VerifiedDigest } from '../chain/check-digest.ts';
import type { Interval } from '../chain/coverage.ts';
import type { Expectation, RunContext } from '../chain/list-digests.ts';
import { openDigest } from '../chain/read-digest.ts';
import { gunzipOrPlain, sha256 } from '../crypto/hash.ts';
import { CATALOGUE, findingSpan } from '../findings/catalogue.ts';
import { CONTROL_EVENTS, type ControlEvent, type ControlKind } from '../findings/control-event.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { Finding, FindingCode } from '../findings/finding.ts';
import { eventFamily, MAX_LOG_CONTENT, MAX_LOG_FILE } from '../logs/check-log.ts';
import type { LogJob } from '../logs/verify-log.ts';
import { objectUri } from '../source/source.ts';
import { readControlEvents } from './read-events.ts';
import { BadLogs, ProvenDigests, TroubleTimes } from './remembered.ts';

/**
 * The search for events around trouble, once all log files are checked. Log files around uncovered time, around a violation or
 * around an unproven object are read a second time. They count only if they are as they were proven before.
 */

/** A long silence next to a busy trail must not cost a second run. Digests are bounded like files: each one read names a log file. */
const BOUNDS: SearchBounds = { files: 20_000, inflated: 2 * 1024 ** 3 };
/** Digests read at once, and log files between two looks at what was inflated: in waves, so that the bound cuts alike in every run. */
const DIGESTS_AT_ONCE = 4;
const WAVE = 64;
const OF_ACCOUNT = /(?:^|\/)AWSLogs\/(?:(o-[^/]+)\/)?(\d{12})\//;
/** Where Organizations records its calls, by partition (its user guide, "Logging API calls with CloudTrail"). */
const OF_ORGANIZATIONS: ReadonlySet<string> = new Set([
  'us-east-1',
  'us-gov-west-1',
  'cn-northwest-1',
  'us-iso-east-1',
  'us-isob-east-1',
  'eusc-de-east-1',
]);
/** A trail delivers to one bucket at a time; signed digests name no more than it ever had. */
const MOST_BUCKETS = 100;
/** Findings that a member's absence can cause: not those of one object. */
const SILENCE = /^(?:CHAIN|WINDOW)_/;
/** Events of an organization, of its members and of its trail: those of the rest of an account concern that account alone. */
const OF_MEMBERS: ReadonlySet<ControlKind> = new Set(['organization', 'account', 'region', 'trail']);
/** Log files that are searched only for the organization come after those of the account itself. */
const ELSEWHERE = 24 * HOUR;

/** What the search needs of its run. */
interface ControlSearchRun {
  readonly context: RunContext;
  readonly expectations: readonly Expectation[];
  readonly concurrency: number;
  /** What the log files may take that are read and not yet searched. */
  readonly logBytes: ByteBudget;
  /** What is read a second time at most: log files, and bytes that they inflate to. */
  readonly bounds?: SearchBounds | undefined;
}

/** How much one search may read, and how many bad log files and buckets it remembers. */
export interface SearchBounds {
  readonly files: number;
  readonly inflated: number;
  readonly bad?: number | undefined;
  readonly buckets?: number | undefined;
}

interface Candidate {
  readonly chain: string;
  readonly row: number;
  readonly distance: number;
  readonly end: number;
}

/** A log file to be searched; only for events of other members of the organization, where it is from elsewhere. */
interface SearchJob extends LogJob {
  readonly isElsewhere: boolean;
}

/** Follows a run, and then searches around what went wrong in it. */
export class ControlSearch {
  readonly #run: ControlSearchRun;
  readonly #digests = new ProvenDigests();
  readonly #trouble = new TroubleTimes();
  readonly #chains = new Map<
    string,
    { readonly account: string; readonly region: string; readonly organization: string | undefined }
  >();
  readonly #bad: BadLogs;
  /** The accounts that own trails, by organization. */
  readonly #owners = new Map<string, Set<string>>();
  readonly #bounds: SearchBounds;
  /** The buckets of proven digests, or of the ones before them: a trail that moved left the one that was deleted. */
  readonly #buckets = new Set<string>();
  #files = 0;
  #inflated = 0;
  #unread = 0;

  constructor(run: ControlSearchRun) {
    this.#run = run;
    this.#bounds = run.bounds ?? BOUNDS;
    this.#bad = new BadLogs(this.#bounds.bad);
    for (const { organization, owner } of run.expectations) {
      if (organization === undefined || owner === undefined) continue;
      this.#owners.set(organization, (this.#owners.get(organization) ?? new Set()).add(owner));
    }
  }

  /** Takes note of one event of the run. */
  see(event: TrailEvent): void {
    switch (event.type) {
      case 'chain':
        this.#chains.set(event.id, {
          account: event.chain.account,
          region: event.chain.region,
          organization: event.organization,
        });
        break;
      case 'uncovered':
        this.#troubled(event.chain, '', event.reason, event);
        break;
      case 'finding':
        this.#found(event.finding);
        break;
      default:
        break;
    }
  }

  /** Takes note of a digest whose log files are checked in this run. */
  proven(chain: string, digest: VerifiedDigest): void {
    this.#digests.add(chain, digest);
    const { location, previous = location } = digest.digest;
    for (const { bucket } of [digest.ref, location, previous])
      if (this.#buckets.size < (this.#bounds.buckets ?? MOST_BUCKETS)) this.#buckets.add(bucket);
  }

  /**
   * Hands the control events around trouble to `emit`, nothing where there was none. What is left out becomes a limit, and
   * so does an error that ends the search: it takes nothing from what was verified. Rejects with INTERNAL and foreign errors.
   */
  async search(emit: (event: TrailEvent) => Promise<void>): Promise<void> {
    if (this.#trouble.isEmpty) return;
    const { limit } = this.#run.context;
    let isWhole = true;
    try {
      isWhole = await this.#searchAll(this.#candidates(), emit);
    } catch (error) {
      if (!(error instanceof TrailVerifyError) || error.code === 'INTERNAL') throw error;
      limit(
        'CONTROL_SEARCH_ENDED',
        `The search for what happened around gaps and findings ended early: ${error.message}`,
      );
    }
    if (!isWhole)
      limit(
        'CONTROL_SEARCH_CAPPED',
        `Log files around gaps and findings were searched up to a run's bound (${this.#bounds.files} files, ${this.#bounds.inflated / 1024 ** 3} GiB inflated): stops, deletions and policy changes may be unnamed.`,
      );
    if (this.#unread > 0)
      limit(
        'CONTROL_SEARCH_INCOMPLETE',
        `${this.#unread} digests or log files around gaps and findings could not be read again as they were verified: what they record is unnamed.`,
      );
    if (this.#bad.isFull)
      limit(
        'CONTROL_SEARCH_UNTOLD',
        'There are more bad log files than the search around gaps and findings remembers. The report does not say whether others could not be read again.',
      );
    if (this.#digests.forgotten > 0)
      limit(
        'CONTROL_SEARCH_FORGOTTEN',
        `${this.#digests.forgotten} digests were not remembered for the search around gaps and findings: what their log files record is unnamed.`,
      );
  }

  #found(finding: Finding): void {
    const { code, weight, object, chain } = finding;
    if (weight === 'note') return;
    // What no digest names is never looked for.
    const { subject, counts } = CATALOGUE[code];
    if (subject === 'log' && counts !== 'unlisted') this.#bad.add(object.uri);
    const span = findingSpan(finding);
    if (span === undefined) return;
    this.#troubled(chain, object.key, code, { from: Date.parse(span.from), to: Date.parse(span.to) });
  }

  /**
   * Trouble of an organization's trail may have been made where the organization is managed: a member is removed, closed or
   * cut off there. No digest and no key names that account (a digest knows its member only). Where the run was
   * given it, that account is searched; else, for a silence, those of all members in the one Region that records such calls.
   */
  #troubled(
    chain: string | undefined,
    key: string,
    code: FindingCode,
    span: { from: number; to: number },
  ): void {
    const known = chain === undefined ? undefined : this.#chains.get(chain);
    const [, organizationOfKey, accountOfKey] = OF_ACCOUNT.exec(key) ?? [];
    const account = known?.account ?? accountOfKey;
    const organization = known === undefined ? organizationOfKey : known.organization;
    const isOfMembers = organization !== undefined && !this.#owners.has(organization) && SILENCE.test(code);
    const owners = this.#owners.get(organization ?? '') ?? [];
    for (const one of new Set([account, ...owners, isOfMembers ? organization : undefined]))
      if (one !== undefined) this.#trouble.add(one, span);
  }

  /** The digests around trouble, the nearest to where it begins or ends first. */
  #candidates(): readonly Candidate[] {
    let nearest: Candidate[] = [];
    for (const chain of this.#digests.chains) {
      for (const { row, window } of this.#digests.windows(chain)) {
        const distance = this.#distance(chain, window);
        if (distance !== undefined) nearest.push({ chain, row, distance, end: window.to });
        // One more than can be read, so that it shows where there were more.
        if (nearest.length > 4 * this.#bounds.files)
          nearest = nearest.sort(byDistance).slice(0, this.#bounds.files + 1);
      }
    }
    return nearest.sort(byDistance).slice(0, this.#bounds.files + 1);
  }

  /** The distance of a digest of the chain from trouble that it may explain; undefined where it can explain none. */
  #distance(chain: string, window: Interval): number | undefined {
    const { account = '', region = '', organization } = this.#chains.get(chain) ?? {};
    const own = this.#trouble.distance(account, window);
    if (own !== undefined || organization === undefined || !OF_ORGANIZATIONS.has(region)) return own;
    const elsewhere = this.#trouble.distance(organization, window);
    return elsewhere === undefined ? undefined : elsewhere + ELSEWHERE;
  }

  /** Resolves with false where a bound was reached. */
  async #searchAll(
    candidates: readonly Candidate[],
    emit: (event: TrailEvent) => Promise<void>,
  ): Promise<boolean> {
    let wave: SearchJob[] = [];
    for (let at = 0; at < candidates.length; at += DIGESTS_AT_ONCE) {
      const lists = await Promise.all(
        candidates.slice(at, at + DIGESTS_AT_ONCE).map((candidate) => this.#jobsOf(candidate)),
      );
      for (const job of lists.flat()) {
        if (this.#files >= this.#bounds.files) {
          await this.#searchWave(wave, emit);
          return false;
        }
        this.#files += 1;
        wave.push(job);
        if (wave.length < WAVE) continue;
        await this.#searchWave(wave, emit);
        wave = [];
        if (this.#inflated >= this.#bounds.inflated) return false;
      }
      if (this.#run.context.signal?.aborted === true) return true;
    }
    await this.#searchWave(wave, emit);
    return candidates.length <= this.#bounds.files;
  }

  /** The log files of one digest that were found to agree with it; none where it is no longer what was proven. */
  async #jobsOf({ chain, row, distance }: Candidate): Promise<readonly SearchJob[]> {
    const { context } = this.#run;
    const proven = this.#digests.at(chain, row);
    if (proven === undefined || context.signal?.aborted === true) return [];
    const opened = await openDigest(context.source, proven.ref);
    if (opened.state !== 'parsed' || opened.sha256 !== proven.sha256) {
      this.#unread += 1;
      return [];
    }
    const isElsewhere = distance >= ELSEWHERE;
    const about = { chain, digest: proven.ref, digestEnd: opened.digest.endTime, isElsewhere };
    return opened.digest.logFiles.flatMap((log, position) => {
      const { uri } = findingObject(
        context.relocations.toActual({ bucket: log.bucket, key: log.key }),
        context.relocations,
      );
      return this.#bad.has(uri) ? [] : [{ ...about, log, position }];
    });
  }

  async #searchWave(wave: readonly SearchJob[], emit: (event: TrailEvent) => Promise<void>): Promise<void> {
    const { context, concurrency, logBytes } = this.#run;
    const searched = await mapParallel(
      wave,
      concurrency,
      async (job): Promise<SearchedLog | undefined> =>
        context.signal?.aborted === true ? undefined : searchLog(job, context, logBytes, this.#buckets),
    );
    for (const [index, one] of searched.entries()) {
      if (one === undefined) continue;
      this.#inflated += one.inflated;
      // Where not every bad log file is remembered, this may be one of them.
      if (one.events === undefined && !this.#bad.isFull) this.#unread += 1;
      for (const event of one.events ?? [])
        if (wave[index]?.isElsewhere !== true || OF_MEMBERS.has(CONTROL_EVENTS[event.name].kind))
          await emit({ type: 'control', event });
    }
  }
}

function byDistance(a: Candidate, b: Candidate): number {
  // What is alike in all of this stays in the order of its rows.
  const byChain = Number(a.chain > b.chain) - Number(a.chain < b.chain);
  return a.distance - b.distance || b.end - a.end || byChain;
}

/** What a log file records, and how many bytes it holds; `events` undefined where it could not be read again or is another one now. */
interface SearchedLog {
  readonly inflated: number;
  readonly events: readonly ControlEvent[] | undefined;
}

/**
 * Reads one log file and searches it, if its content is what its digest recorded. `known` are the buckets whose calls are
 * reported, besides those of the log file and its digest. Rejects only with errors that end the run.
 */
export async function searchLog(
  job: LogJob,
  { source, relocations }: Pick<RunContext, 'source' | 'relocations'>,
  logBytes: ByteBudget,
  known: Iterable<string> = [],
): Promise<SearchedLog> {
  const family = eventFamily(job.log.key);
  // Other families hold no API calls of this kind.
  if (family !== 'management-and-data' && family !== 'unknown') return { inflated: 0, events: [] };
  const ref = relocations.toActual({ bucket: job.log.bucket, key: job.log.key });
  const hold = logBytes.hold();
  try {
    const stored = await source.open(ref, { maxBytes: MAX_LOG_FILE, admit: hold.take });
    const { content } = gunzipOrPlain(stored.bytes, MAX_LOG_CONTENT);
    if (content === undefined) return { inflated: 0, events: undefined };
    const inflated = content.bytes.length;
    const isProven = content.trailingBytes === 0 && sha256(content.bytes) === job.log.sha256;
    if (!isProven) return { inflated, events: undefined };
    const buckets = new Set([...known, job.log.bucket, ref.bucket, job.digest.bucket]);
    const proof = {
      chain: job.chain,
      log: findingObject(ref, relocations).uri,
      digest: objectUri(job.digest),
    };
    return {
      inflated,
      events: readControlEvents(content.bytes, buckets).map((act) => ({ ...act, ...proof })),
    };
  } catch (error) {
    if (!isObjectError(error)) throw error;
    return { inflated: 0, events: undefined };
  } finally {
    hold.release();
  }
}
