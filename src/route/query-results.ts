/** The phase in which the results of CloudTrail Lake's queries are verified, several at once, wherever the search found their folders. */

import { mapToEnd } from '../base/flow.ts';
import { findingObject } from '../chain/check-digest.ts';
import type { QueryFolder } from '../chain/discover.ts';
import { misfitFinding } from '../chain/misfits/misfits.ts';
import type { Relocator } from '../digest/digest-key.ts';
import type { DescribedQuery, QueryResults } from '../findings/event.ts';
import { type Finding, makeFinding } from '../findings/finding.ts';
import { checkResults, type ResultsContext } from '../lake/check-results.ts';
import { FOLDER_BOUNDS, type FoundQueries, type FoundResults, findResults } from '../lake/find-results.ts';
import type { Run, VerifiedQueries } from './run.ts';

/** Sets checked at once, each with a few files. */
const SETS_AT_ONCE = 8;

/** Bounds of all folders together, so that nobody who fills them can fill a report: objects that are listed, and entries of lists. */
interface RunBounds {
  readonly objects: number;
  readonly entries: number;
}

/** Some 200 MB of a report at most: a set takes 600 bytes, an entry 150. */
const RUN_BOUNDS: RunBounds = { objects: 200_000, entries: 300_000 };

/**
 * Verifies the query results that were found, and leaves in the run which they are. The first error stops the run. Rejects with it
 * where nothing was judged before it, and with faults of this program.
 */
export async function verifyQueries(run: Run, bounds: RunBounds = RUN_BOUNDS): Promise<void> {
  const { stop, progress } = run;
  await stop.orStop(new Queries(run, bounds).verify());
  run.failure ??= stop.failure(progress.hasBegun);
}

/** CloudTrail is asked about so many queries at most, a request each. */
const MOST_ASKED = 1_000;

class Queries {
  readonly #run: Run;
  readonly #signed: VerifiedQueries['signed'][number][] = [];
  /** Folders by the signature of their sets. */
  readonly #signatures = new Map<string, string[]>();
  readonly #left = { outsideWindow: 0, otherRegion: 0 };
  readonly #bounds: RunBounds;
  readonly #asked: { count: number; left: number; refusal: string | undefined } = {
    count: 0,
    left: 0,
    refusal: undefined,
  };
  #found = 0;
  #objects = 0;
  #entries = 0;

  constructor(run: Run, bounds: RunBounds) {
    this.#run = run;
    this.#bounds = bounds;
  }

  async verify(): Promise<void> {
    const run = this.#run;
    const { queries } = run.discovery;
    // First those that need no more than their share: who fills two accounts takes nothing from a third.
    const share = Math.ceil(this.#bounds.objects / Math.max(1, queries.length));
    const large: QueryFolder[] = [];
    for (const folder of queries) {
      const found = await this.#list(folder, share);
      if (found.isCut && share < FOLDER_BOUNDS.objects) large.push(folder);
      else await this.#verifyAll(folder, found);
    }
    for (const folder of large) await this.#verifyAll(folder, await this.#list(folder, this.#bounds.objects));
    await this.#tell(this.#signedTwice());
    this.#tellLimits();
    run.queries = { found: this.#found, signed: this.#signed };
  }

  /** Lists a folder, up to `most` objects of it and as many as are left. */
  #list(folder: QueryFolder, most: number): Promise<FoundQueries> {
    const { source, window, clock } = this.#run.context;
    const objects = Math.min(FOLDER_BOUNDS.objects, most, this.#bounds.objects - this.#objects);
    return findResults(source, folder, { window, now: clock.now() }, { ...FOLDER_BOUNDS, objects });
  }

  async #verifyAll(folder: QueryFolder, found: FoundQueries): Promise<void> {
    const { context, options } = this.#run;
    const { relocations } = context;
    this.#objects += found.seen;
    this.#left.outsideWindow += found.outside;
    const verified = await mapToEnd(found.sets, SETS_AT_ONCE, (set) => this.#verifyOne(set));
    // What was not verified is not known to be sound, and told whatever is asked of files that no list names.
    const isCut = found.isCut || verified.includes(false);
    const told = options.unlisted === false ? [] : found.misfits;
    await this.#tell(told.map((misfit) => misfitFinding(misfit, relocations)));
    if (!isCut) return;
    const object = findingObject({ bucket: folder.bucket, key: folder.within }, relocations);
    await this.#tell([makeFinding('LAKE_NOT_LOOKED_AT', { object }, { listed: found.seen })]);
  }

  /** Verifies one set; false where there are too many entries to verify more. */
  async #verifyOne(found: FoundResults): Promise<boolean> {
    const { stop, emit } = this.#run;
    if (stop.isStopped) return true;
    if (this.#entries > this.#bounds.entries) return false;
    const checked = await checkResults(found, this.#context());
    if (checked === undefined) {
      this.#left.otherRegion += 1;
      return true;
    }
    const { findings, bytes, signature } = checked;
    const described = await this.#describe(checked.set);
    const set = described.set;
    this.#found += 1;
    this.#entries += set.files.length;
    const { account, outcome } = set;
    if (set.signed && !checked.isForeign)
      this.#signed.push({ account, region: checked.provenRegion, isValid: outcome === 'valid' });
    if (signature !== undefined)
      this.#signatures.set(signature, [...(this.#signatures.get(signature) ?? []), set.uri]);
    await this.#tell([...findings, ...described.findings]);
    await emit({ type: 'query-results', set, bytes });
    return true;
  }

  /** A signed set with what CloudTrail says of the query that its folder names, where somebody can ask. */
  async #describe(
    set: QueryResults,
  ): Promise<{ readonly set: QueryResults; readonly findings: readonly Finding[] }> {
    const { options, context } = this.#run;
    const { describeQuery } = options;
    const { region, queryId } = set;
    if (describeQuery === undefined || region === null || queryId === null || !set.signed)
      return { set, findings: [] };
    if (this.#asked.refusal !== undefined || this.#asked.count >= MOST_ASKED) {
      this.#asked.left += 1;
      return { set, findings: [] };
    }
    this.#asked.count += 1;
    const { query, refusal } = await describeQuery(region, queryId);
    if (refusal !== undefined) this.#asked.refusal = refusal;
    if (query === undefined) {
      this.#asked.left += 1;
      return { set, findings: [] };
    }
    const reason = differenceOf(set.uri, query, context.relocations);
    if (reason === undefined) return { set: { ...set, query }, findings: [] };
    const [, , bucket = '', ...key] = set.uri.split('/');
    const object = findingObject({ bucket, key: key.join('/') }, context.relocations);
    const finding = makeFinding(
      'LAKE_QUERY_DIFFERS',
      { object },
      {
        reason,
        deliveredTo: query.deliveredTo ?? undefined,
        status: query.deliveryStatus ?? undefined,
      },
    );
    const outcome = set.outcome === 'valid' ? 'unproven' : set.outcome;
    return { set: { ...set, outcome, query }, findings: [finding] };
  }

  #context(): ResultsContext {
    const { context, scope, options, logBytes } = this.#run;
    const { source, keyRing, relocations, onObject, clock } = context;
    return {
      source,
      keyRing,
      relocations,
      onObject,
      now: clock.now(),
      readsResults: options.logs !== false,
      includesRegion: (region) => scope.includesPlace(undefined, region),
      hold: () => logBytes.hold(),
    };
  }

  /** A note for each folder whose signature another one has too. */
  #signedTwice(): readonly Finding[] {
    const { relocations } = this.#run.context;
    return [...this.#signatures.values()].flatMap((uris) => {
      const [other = '', ...others] = [...uris].sort();
      return others.map((uri) => {
        const [, , bucket = '', ...key] = uri.split('/');
        const object = findingObject({ bucket, key: key.join('/') }, relocations);
        return makeFinding('LAKE_SIGNED_TWICE', { object }, { other });
      });
    });
  }

  #tellLimits(): void {
    const { context, options } = this.#run;
    const { outsideWindow, otherRegion } = this.#left;
    if (this.#found > 0)
      context.limit(
        'LAKE_NOT_COVERED',
        'The signature of query results covers the SHA-256 of each file, in their order, and nothing else: not the names of the files, the Region, the time, the query or the place. Names can be swapped, a signed set can be put into the folder of another query, and a set that was removed whole leaves no trace.',
      );
    if (this.#found > 0 && options.logs === false)
      context.limit(
        'LAKE_RESULTS_NOT_READ',
        'The files of query results were not read: only that they are there, and the signatures of their sign files, were checked (--no-logs).',
      );
    const { left, refusal } = this.#asked;
    if (left > 0)
      context.limit(
        'LAKE_QUERY_NOT_DESCRIBED',
        `CloudTrail did not say of ${counted(left)} whether it delivered them there: ${refusal ?? 'it knows the query no more, or was not asked about so many'}.`,
      );
    if (outsideWindow > 0)
      context.limit(
        'LAKE_OUTSIDE_WINDOW',
        `The window leaves out ${outsideWindow} ${outsideWindow === 1 ? 'folder' : 'folders'} of years, months or days of query results; no signature covers that day.`,
      );
    if (otherRegion > 0)
      context.limit(
        'LAKE_OUTSIDE_SCOPE',
        `The scope leaves out ${counted(otherRegion)}, in whose folder nothing is wrong and whose signature is by the key of another Region.`,
      );
  }

  async #tell(findings: readonly Finding[]): Promise<void> {
    for (const finding of findings) await this.#run.emit({ type: 'finding', finding });
  }
}

/** How the place of a set differs from the one that CloudTrail names; undefined where it does not. */
function differenceOf(
  uri: string,
  { deliveredTo, deliveryStatus }: DescribedQuery,
  relocations: Relocator,
): 'elsewhere' | 'not-delivered' | undefined {
  if (deliveredTo === null || (deliveryStatus !== null && deliveryStatus !== 'SUCCESS'))
    return 'not-delivered';
  const [, , bucket = '', ...prefix] = deliveredTo.replace(/\/+$/, '').split('/');
  const place = relocations.toActual({ bucket, key: prefix.length === 0 ? '' : `${prefix.join('/')}/` });
  return uri.startsWith(`s3://${place.bucket}/${place.key}`) ? undefined : 'elsewhere';
}

function counted(sets: number): string {
  return `${sets} ${sets === 1 ? 'set' : 'sets'} of query results`;
}
