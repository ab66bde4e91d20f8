import { countFindings } from '../../report/findings-beyond.ts';
import type { Report } from '../../report/report.ts';
import { countOfWeight } from '../facts/findings.ts';
import { daysText, depthText, foreignOrigins, stateText } from '../facts/report.ts';
import { verdictSentence, verifiedThroughSentence } from '../facts/verdict.ts';
import { countOf, enumerate, wrapText } from '../words.ts';
import { proseColumns, type TextOptions, verdictTone } from './terminal.ts';

/** What the first screen and the whole text say alike. */

/** The verdict in its sentence, coloured, and up to when the trail is proven. */
export function verdictLines(
  report: Report,
  options: TextOptions,
  width: number = proseColumns(options),
): readonly string[] {
  const sentence = wrapText(verdictSentence(report), width);
  const word = report.verdict;
  const painted = options.paint(verdictTone(word), word) + sentence.slice(word.length);
  return [painted, verifiedThroughSentence(report)];
}

/** `2 violations, 1 unproven and 3 notes`, naming only the weights that occur. */
export function findingCounts(report: Report): string {
  const counts = countFindings(report);
  const parts = (['violation', 'unproven', 'note'] as const)
    .filter((weight) => counts[weight] > 0)
    .map((weight) => countOfWeight(counts[weight], weight));
  return parts.length === 0 ? 'none' : enumerate(parts);
}

/** The checkpoint after this run, for the log of a nightly job: the value for --require-checkpoint. */
export function checkpointLine({ state }: Report, { stateKept }: TextOptions): readonly string[] {
  if (state === undefined) return [];
  if (state.checkpoint !== null && stateKept !== false) return [`Checkpoint: ${state.checkpoint}`];
  return [`Checkpoint: ${state.read === null ? 'none' : `${state.read.sha256} (unchanged)`}`];
}

/** More Regions than this are counted, not named. */
const MOST_REGIONS_NAMED = 6;
const LISTED_BY_AWS = /^ListPublicKeys (\S+)$/;

/** How many public keys were used and where they came from: CloudTrail's Regions, then files; not escaped. */
export function keyOrigins(report: Report): string {
  const origins = [...new Set(report.keys.map((key) => key.origin))];
  if (origins.length === 0) return 'none';
  const regions = origins.flatMap((origin) => LISTED_BY_AWS.exec(origin)?.[1] ?? []).sort();
  const sources = origins.filter((origin) => !LISTED_BY_AWS.test(origin));
  if (regions.length > 0) {
    const where =
      regions.length > MOST_REGIONS_NAMED ? countOf(regions.length, 'Region') : enumerate(regions);
    const foreign = foreignOrigins(report);
    const at = foreign.length === 0 ? '' : ` at ${foreign.join(', ')}, which is not AWS's`;
    sources.unshift(`ListPublicKeys in ${where}${at}`);
  }
  const untrusted = report.keys.filter(({ trusted }) => trusted === false).length;
  const doubt =
    untrusted === 0 ? '' : untrusted === report.keys.length ? ', not trusted' : `, ${untrusted} not trusted`;
  return `${countOf(report.keys.length, 'public key')} from ${sources.join(', ')}${doubt}`;
}

/** The parts of buckets that a folder was read as, where its own path does not show them; not escaped. */
export function readAsFacts({ source }: Report): readonly (readonly [string, string])[] {
  const { readAs = [] } = source;
  return readAs.length === 0 ? [] : [['read as', readAs.join(', ')]];
}

/** How deep the run looked; nothing for a run without a state. */
export function stateFacts(report: Report): readonly (readonly [string, string])[] {
  const { state } = report;
  if (state === undefined) return [];
  return [
    ['state', stateText(state)],
    ['depth', `${depthText(report)}; ${daysText(state)}`],
  ];
}
