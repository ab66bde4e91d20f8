import type { Progress } from '../../findings/event.ts';
import { formatBytes, formatCount, formatDuration } from '../words.ts';

/**
 * The progress of a run on one line, the places first:
 *
 *     places 8/160  digests 1,234/5,678  logs 12,345/67,890  1.2 GB  820 files/s  about 3 min left
 *
 * What has no room is left out. The time left is over all places, and it is left out where nothing sound can be said of it.
 */

/** Before this many milliseconds of walking a rate is noise, and so is what it foretells. */
const FIRST_ESTIMATE = 3000;
/** A rate is that of the last so many milliseconds, or of the last fourth of the walk where that is longer. */
const RATE_SPAN = 30_000;
/** Samples of what was done are so many milliseconds apart, or further in a long walk, so that they stay few. */
const SAMPLE_SPAN = 1000;
const MOST_SAMPLES = 400;
/** So many places of one run have an average that holds for as many others. */
const SAMPLE_OF_PLACES = 16;
/** The last places are all being listed at a time, and one of them may be larger than all the others together. */
const LAST_PLACES = 8;
/** While places are unknown, less than so many milliseconds are not shown: one of them alone may take longer. */
const LEAST_GUESS = 10_000;

/** Files that were done at a time, in milliseconds of any clock. */
interface Sample {
  readonly at: number;
  readonly done: number;
}

/** Follows the progress of one run; it is asked for a line whenever there is something to show. All times are of one clock. */
export class ProgressLine {
  /** From the begin of the span that the rate is taken from, oldest first. */
  readonly #samples: Sample[] = [];
  #began = 0;
  /** The files done when last looked at, and when their number was seen to grow. */
  #done = 0;
  #grownAt = 0;

  /** The line of a run that has come so far at `at` (milliseconds), in at most `columns` where the places alone have room. */
  render(progress: Progress, at: number, columns: number): string {
    const { phase, placesDone, placesPlanned, digestsDone, digestsPlanned, logsDone, logsPlanned } = progress;
    if (phase === 'finding') return `looking for places  ${formatCount(placesPlanned)} found`;
    const isWalking = phase === 'verifying';
    const rate = isWalking ? this.#rate(progress, at) : undefined;
    const left = rate === undefined ? undefined : this.#left(progress, rate, at);
    // The least important is the first to go.
    const parts: readonly { readonly rank: number; readonly text: string | undefined }[] = [
      { rank: 1, text: isWalking ? undefined : 'last checks' },
      { rank: 1, text: `places ${formatCount(placesDone)}/${formatCount(placesPlanned)}` },
      { rank: 4, text: `digests ${formatCount(digestsDone)}/${formatCount(digestsPlanned)}` },
      { rank: 3, text: `logs ${formatCount(logsDone)}/${formatCount(logsPlanned)}` },
      { rank: 5, text: formatBytes(progress.bytesRead) },
      { rank: 6, text: rate === undefined ? undefined : `${formatRate(rate)} files/s` },
      { rank: 2, text: left === undefined ? undefined : `about ${formatDuration(left)} left` },
    ];
    const shown = parts.filter(({ text }) => text !== undefined);
    for (let most = 6; ; most -= 1) {
      const fitting = shown.filter(({ rank }) => rank <= most);
      const line = fitting.map(({ text }) => text).join('  ');
      if (line.length <= columns || most === 1) return line;
    }
  }

  /** Files a second of late; undefined where it is too early to say, and where nothing was done of late. */
  #rate({ digestsDone, logsDone }: Progress, at: number): number | undefined {
    const samples = this.#samples;
    const now: Sample = { at, done: digestsDone + logsDone };
    if (samples.length === 0) {
      this.#began = at;
      this.#grownAt = at;
    }
    if (now.done > this.#done) this.#grownAt = at;
    this.#done = now.done;
    const walked = at - this.#began;
    const last = samples.at(-1);
    if (last === undefined || at - last.at >= Math.max(SAMPLE_SPAN, walked / MOST_SAMPLES)) samples.push(now);
    const since = at - Math.max(RATE_SPAN, walked / 4);
    while ((samples[1]?.at ?? at) < since) samples.shift();
    const [first = now] = samples;
    if (walked < FIRST_ESTIMATE || now.done <= first.done) return undefined;
    return ((now.done - first.done) * 1000) / (at - first.at);
  }

  /**
   * Milliseconds to the end, with what is known to come: the log files of digests that are not read yet, and the places that are not
   * listed yet, with as many as the others had on average. Undefined where most of it would be a guess, where no file came for as long
   * as it says, and below a second: what is left then is no matter of counted files.
   */
  #left(progress: Progress, perSecond: number, at: number): number | undefined {
    const { digestsDone, digestsPlanned, logsDone, logsPlanned, logsExpected } = progress;
    const { placesListed, placesPlanned } = progress;
    if (digestsDone === 0 || placesListed === 0) return undefined;
    const all = digestsPlanned + logsPlanned + logsExpected;
    const known = Math.max(0, all - digestsDone - logsDone);
    const unlisted = Math.max(0, placesPlanned - placesListed);
    const guessed = (unlisted * all) / placesListed;
    const isSampled = placesListed >= SAMPLE_OF_PLACES && unlisted > LAST_PLACES;
    if (guessed > known && !isSampled) return undefined;
    const left = ((known + guessed) * 1000) / perSecond;
    const least = unlisted > 0 ? LEAST_GUESS : SAMPLE_SPAN;
    return left < least || at - this.#grownAt >= left ? undefined : left;
  }
}

function formatRate(perSecond: number): string {
  return perSecond >= 10 ? formatCount(perSecond) : perSecond.toFixed(1);
}
