/** The results of queries of CloudTrail Lake as a witness: those that a report calls valid, read again and held against its hashes. */
import { Readable } from 'node:stream';
import { malformed, TrailVerifyError } from '../../../base/errors.ts';
import { limiter } from '../../../base/flow.ts';
import { isAccountId, isRegionName } from '../../../base/names.ts';
import { sha256 } from '../../../crypto/hash.ts';
import type { Limit, QueryResults } from '../../../findings/event.ts';
import { countOf } from '../../../render/words.ts';
import type { Report } from '../../../report/report.ts';
import { inflate } from '../../../report/scan-inventory.ts';
import { type ObjectRef, objectUri, type Source } from '../../../source/source.ts';
import { type EventRecord, readRecord } from '../../../witness/compare.ts';
import type { GivenEvent, Witness, WitnessAnswer } from '../../../witness/contract.ts';
import type { Stretch } from '../../../witness/questions.ts';
import { placeName } from '../../../witness/report-logs.ts';
import { type ResultRow, resultRows } from '../../../witness/result-rows.ts';

/** What the results are worth, and what they may lack. */
const LIMITS: readonly Limit[] = [
  {
    code: 'WITNESS_SIGNED_AS_ANSWER',
    text: 'AWS signed the result files when it delivered them. That proves what a query answered, and not what was asked. Anybody who may start a query can have any text answered and signed, so that it changes no verdict.',
  },
  {
    code: 'WITNESS_HOLDS_WHAT_WAS_ASKED',
    text: 'Query results hold what somebody asked for: an event that is not in them may be in the event data store. Ask that with --event-data-store.',
  },
];

/** Bytes of one result file as stored, as for its verification. */
const MOST_BYTES = 1024 * 1024 * 1024;
/** Rows that are handed on together. */
const PAGE = 1000;
/** The column with the whole record (user guide, "Supported SQL schemas for event data stores"). */
const RECORD = 'eventjson';

/** The sets of query results of a report that can be a witness: valid as a whole, each file as well. */
export function validSets({ lake }: Report): readonly QueryResults[] {
  return (lake?.sets ?? []).filter(
    ({ outcome, signed, files }) =>
      outcome === 'valid' && signed && files.every((file) => file.outcome === 'valid'),
  );
}

/** What a set has: events of which accounts and Regions, as `account/region`. */
interface SetContent {
  readonly places: ReadonlySet<string>;
  /** Whether it has the column with records. */
  readonly hasRecords: boolean;
  /** Rows with a record that is none, or that names no account and Region. */
  readonly odd: number;
  /** In words why it cannot be read. */
  readonly refusal: string | undefined;
}

/**
 * The events in sets of results. Files are read one after the other, and once for each time that is asked about in an account and
 * Region of theirs: no more than one is held.
 */
export function lakeResultsWitness(
  sets: readonly QueryResults[],
  source: Source,
  signal: AbortSignal,
): Witness {
  const oneAtATime = limiter(1);
  const reader = new SetReader(source, signal);
  return {
    kind: 'lake',
    name: 'the query results of CloudTrail Lake',
    days: undefined,
    get limits() {
      return [...LIMITS, ...reader.limits()];
    },
    givesMore: true,
    isAtHand: true,
    // What was asked for is not known: results that lack an event of a time say nothing of what else is lacking.
    holdings: async () => () => true,
    ask: ({ account, region }, { from, to }, take) =>
      oneAtATime(async (): Promise<WitnessAnswer> => {
        const place = placeName({ account, region });
        let isThere = false;
        let refusal: string | undefined;
        for (const set of sets) {
          const content = await reader.contentOf(set);
          refusal ??= content.refusal;
          if (!content.places.has(place)) continue;
          isThere = true;
          await reader.read(set, place, { from, to }, take);
        }
        return { refusal: refusal ?? (isThere ? undefined : 'no verified query result has an event of it') };
      }),
  };
}

/** What a result file holds is no CSV that can be read, though it is what AWS signed. */
class UnreadableFile extends Error {}

class SetReader {
  readonly #source: Source;
  readonly #signal: AbortSignal;
  readonly #contents = new Map<QueryResults, SetContent>();

  constructor(source: Source, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** Looks once at every row of a set. Throws as `#open`. */
  async contentOf(set: QueryResults): Promise<SetContent> {
    const known = this.#contents.get(set) ?? (await this.#look(set));
    this.#contents.set(set, known);
    return known;
  }

  /** Hands on the events of a set that are of one account and Region, and of a time. Throws as `#open`, and what `take` throws. */
  async read(
    set: QueryResults,
    place: string,
    { from, to }: Stretch,
    take: (events: readonly GivenEvent[]) => Promise<void>,
  ): Promise<void> {
    let page: GivenEvent[] = [];
    const visit = async (row: ResultRow): Promise<void> => {
      const text = row.get(RECORD);
      const record = text === undefined ? undefined : readRecord(text);
      if (placeOf(record) !== place || !isWithin(record?.eventTime, from, to)) return;
      page.push({ id: row.get('eventid'), record: text });
      if (page.length < PAGE) return;
      await take(page);
      page = [];
    };
    await this.#visit(set, visit);
    await take(page);
  }

  /** What of all sets was not looked at, in words. */
  limits(): readonly Limit[] {
    const contents = [...this.#contents.values()];
    const without = contents.filter(({ hasRecords, refusal }) => !hasRecords && refusal === undefined);
    const odd = contents.reduce((sum, one) => sum + one.odd, 0);
    const limits: Limit[] = [];
    if (without.length > 0)
      limits.push({
        code: 'WITNESS_WITHOUT_RECORDS',
        text: `${countOf(without.length, 'set')} of query results ${without.length === 1 ? 'has' : 'have'} no column eventJson with whole records, and ${without.length === 1 ? 'is' : 'are'} not looked at.`,
      });
    if (odd > 0)
      limits.push({
        code: 'WITNESS_ODD_ROWS',
        text: `${countOf(odd, 'row')} of query results ${odd === 1 ? 'holds' : 'hold'} no record that names its account and Region, and ${odd === 1 ? 'is' : 'are'} left out.`,
      });
    return limits;
  }

  async #look(set: QueryResults): Promise<SetContent> {
    const places = new Set<string>();
    let hasRecords = false;
    let odd = 0;
    const refusal = await this.#visit(set, async (row) => {
      const text = row.get(RECORD);
      if (text === undefined) return;
      hasRecords = true;
      const place = placeOf(readRecord(text));
      if (place === undefined) odd += 1;
      else places.add(place);
    });
    return { places, hasRecords, odd, refusal };
  }

  /** Hands on every row of the files of a set; in words why not all of them could be read, else undefined. */
  async #visit(
    { uri, files }: QueryResults,
    visit: (row: ResultRow) => Promise<void>,
  ): Promise<string | undefined> {
    let refusal: string | undefined;
    for (const { name, sha256: expected } of files) {
      const ref = refOf(uri + name);
      try {
        for await (const row of rowsOf(await this.#open(ref, expected), objectUri(ref))) {
          this.#signal.throwIfAborted();
          await visit(row);
        }
      } catch (error) {
        if (!(error instanceof UnreadableFile)) throw error;
        refusal ??= error.message;
      }
    }
    return refusal;
  }

  /** The bytes that the report has verified. Throws EVIDENCE_INVALID where they are gone or others, and what the source throws. */
  async #open(ref: ObjectRef, expected: string): Promise<Uint8Array> {
    let bytes: Uint8Array;
    try {
      ({ bytes } = await this.#source.open(ref, { maxBytes: MOST_BYTES }));
    } catch (error) {
      if (error instanceof TrailVerifyError && error.code === 'OBJECT_NOT_FOUND')
        throw malformed(objectUri(ref), 'was there when the report was made, and is no longer');
      throw error;
    }
    if (sha256(bytes) !== expected)
      throw malformed(objectUri(ref), 'is no longer the result file that the report verified');
    return bytes;
  }
}

async function* rowsOf(bytes: Uint8Array, name: string): AsyncGenerator<ResultRow> {
  try {
    yield* resultRows(inflate(Readable.from([bytes]), name), name);
  } catch (error) {
    if (error instanceof TrailVerifyError && error.code === 'EVIDENCE_INVALID')
      throw new UnreadableFile(error.message);
    throw error;
  }
}

/** The place of an object by its URI in a report. Throws EVIDENCE_INVALID for a text that is none. */
function refOf(uri: string): ObjectRef {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) throw malformed(uri, 'is not the URI of an object');
  return { bucket, key };
}

function placeOf(record: EventRecord | undefined): string | undefined {
  const { recipientAccountId: account, awsRegion: region } = record ?? {};
  if (typeof account !== 'string' || typeof region !== 'string') return undefined;
  return isAccountId(account) && isRegionName(region) ? placeName({ account, region }) : undefined;
}

function isWithin(stamp: unknown, from: number, to: number): boolean {
  const time = typeof stamp === 'string' ? Date.parse(stamp) : Number.NaN;
  return from <= time && time <= to;
}
