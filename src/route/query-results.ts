/** The phase in which the results of CloudTrail Lake's queries are verified, several at once, wherever the search found their folders. */

import { mapParallel } from '../base/flow.ts';
import { findingObject } from '../chain/check-digest.ts';
import { folderMisfit, misfitFinding } from '../chain/misfits.ts';
import type { QueryResults } from '../findings/event.ts';
import { type Finding, makeFinding } from '../findings/finding.ts';
import { checkResults, type ResultsContext } from '../lake/check-results.ts';
import { FOLDER_BOUNDS, type FoundResults, findResults } from '../lake/find-results.ts';
import type { Target } from '../verify-options.ts';
import type { Run } from './run.ts';

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

class Queries {
  readonly #run: Run;
  readonly #signed: QueryResults[] = [];
  /** Folders by the signature of their sets. */
  readonly #signatures = new Map<string, string[]>();
  readonly #left = { outsideWindow: 0, otherRegion: 0 };
  readonly #bounds: RunBounds;
  #found = 0;
  #objects = 0;
  #entries = 0;

  constructor(run: Run, bounds: RunBounds) {
    this.#run = run;
    this.#bounds = bounds;
  }

  async verify(): Promise<void> {
    const run = this.#run;
    for (const folder of run.discovery.queries) {
      const { source, window, clock, relocations } = run.context;
      const objects = Math.min(FOLDER_BOUNDS.objects, this.#bounds.objects - this.#objects);
      const found = await findResults(
        source,
        folder,
        { window, now: clock.now() },
        { ...FOLDER_BOUNDS, objects },
      );
      this.#objects += Math.min(found.seen, objects);
      this.#left.outsideWindow += found.outside;
      const verified = await mapParallel(found.sets, SETS_AT_ONCE, (set) => this.#verifyOne(set));
      // What was not verified is not known to be sound, and told whatever is asked of files that no list names.
      const isCut = found.seen > objects || verified.includes(false);
      const isTold = run.options.unlisted !== false;
      const told = isTold ? found.misfits.filter(({ object }) => !isCut || object.key !== folder.key) : [];
      await this.#tell(
        [...told, ...(isCut ? [folderMisfit(folder.bucket, folder.key, true)] : [])].map((misfit) =>
          misfitFinding(misfit, relocations),
        ),
      );
    }
    await this.#tell(this.#signedTwice());
    this.#tellLimits();
    run.queries = { found: this.#found, signed: this.#signed };
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
    const { set, findings, bytes, signature } = checked;
    this.#found += 1;
    this.#entries += set.files.length;
    if (set.signed) this.#signed.push(set);
    if (signature !== undefined)
      this.#signatures.set(signature, [...(this.#signatures.get(signature) ?? []), set.uri]);
    await this.#tell(findings);
    await emit({ type: 'query-results', set, bytes });
    return true;
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
    if (outsideWindow > 0)
      context.limit(
        'LAKE_OUTSIDE_WINDOW',
        `The window leaves out ${counted(outsideWindow)} by the day of the folder; no signature covers that day.`,
      );
    if (otherRegion > 0)
      context.limit(
        'LAKE_OUTSIDE_SCOPE',
        `The scope leaves out ${counted(otherRegion)}, whose signature is by the key of another Region.`,
      );
  }

  async #tell(findings: readonly Finding[]): Promise<void> {
    for (const finding of findings) await this.#run.emit({ type: 'finding', finding });
  }
}

function counted(sets: number): string {
  return `${sets} ${sets === 1 ? 'set' : 'sets'} of query results`;
}

/** Where a run asks for query results alone: a finding for each account and Region that it names and of which it has none. */
export function absentQueries({ options, queries, context }: Run, target: Target): readonly Finding[] {
  const { accounts = [], regions = [] } = options.scope ?? {};
  const object = findingObject({ bucket: target.bucket, key: target.prefix }, context.relocations);
  const absent = [
    ...accounts
      .filter((account) => !queries.signed.some((set) => set.account === account))
      .map((account) => ({ account })),
    ...regions
      .filter((region) => !queries.signed.some((set) => set.region === region))
      .map((region) => ({ region })),
  ];
  return absent.map((evidence) => makeFinding('LAKE_RESULTS_ABSENT', { object }, evidence));
}
