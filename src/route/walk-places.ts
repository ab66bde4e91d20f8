/** The phase in which the places are verified, several at once, and their log files checked. */

import { mapParallel } from '../base/flow.ts';
import type { Finding } from '../findings/finding.ts';
import { HistoryLookup } from '../history/versions.ts';
import { LogFiles } from './log-files.ts';
import { NeverDecided } from './place-unlisted.ts';
import type { Emit } from './progress.ts';
import type { Run } from './run.ts';
import { verifyPlace } from './verify-place.ts';

/** Places walked at once: enough, with several digests of each chain opened ahead, to keep the requests in flight busy. */
const PLACES_AT_ONCE = 8;

/**
 * Verifies the places that were found, and leaves in the run what they hold. The first error stops the run, and is left there as well.
 * Rejects with it where nothing was judged before it, and with faults of this program.
 */
export async function walkPlaces(run: Run): Promise<void> {
  try {
    await walkAll(run);
  } finally {
    await run.checking.close();
  }
}

async function walkAll(run: Run): Promise<void> {
  const { options, context, stop, progress } = run;
  const { places } = run.discovery;
  run.isWalking = true;
  progress.plan(places.length);
  // Listings may take long before there is anything to count.
  await run.emit(progress.now());
  const emit = explaining(run);
  const logFiles = options.logs === false ? undefined : new LogFiles(run, emit);
  const undecided = new NeverDecided();
  const results = await mapParallel(places, PLACES_AT_ONCE, async (place) => {
    if (stop.isStopped) return [];
    const result = await stop.orStop(verifyPlace(place, { run, emit, logFiles, undecided }));
    progress.placeDone(place);
    return result === undefined ? [] : [result];
  });
  if (logFiles !== undefined) await stop.orStop(logFiles.drain());
  progress.conclude();
  await run.emit(progress.now());
  undecided.tell(context.limit);
  run.places = {
    found: results.flat().flatMap(({ found }) => found),
    absent: results.flat().flatMap(({ absent }) => absent),
  };
  run.failure = stop.failure(progress.hasBegun);
}

/**
 * Emits findings with what the versions of their objects say. What is found later looks at versions itself, or is about none. An error of
 * such a look stops the run; the finding is emitted all the same, for its object is counted by now.
 */
function explaining({ context, stop, emit }: Run): Emit {
  const histories = new HistoryLookup(context.source, context.limit);
  const explain = async (finding: Finding): Promise<void> =>
    emit({ type: 'finding', finding: (await stop.orStop(histories.explain(finding))) ?? finding });
  // Nearly all events wait for nothing, and each promise more is one for every event.
  return (event) => (event.type !== 'finding' || stop.isStopped ? emit(event) : explain(event.finding));
}
