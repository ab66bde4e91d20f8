import { resizableLimiter } from '../parallel.ts';
import { FIRST_WINDOW, RequestWindow } from './request-window.ts';
import type { Source } from './source.ts';
import { limitWith } from './wrappers.ts';

/** What was seen of the reads since the last look. */
interface Tally {
  reads: number;
  milliseconds: number;
  bytes: number;
  isFull: boolean;
}

/**
 * The same source with as many requests in flight as its latency needs, between 64 and 256; the others wait in the order
 * they came. Where reads fail, as they do where S3 says SlowDown to the last, nothing is widened.
 */
export function widenSource(source: Source): Source {
  const limiter = resizableLimiter(FIRST_WINDOW);
  const window = new RequestWindow();
  let tally = emptyTally();
  let utilization = performance.eventLoopUtilization();
  const look = (): void => {
    const { reads, milliseconds, bytes, isFull } = tally;
    const now = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(now, utilization).utilization;
    window.learn({ time: milliseconds / reads, size: bytes / reads, busy, isFull });
    limiter.resize(window.width);
    utilization = now;
    tally = emptyTally();
  };
  const measured: Source['open'] = async (ref, options) => {
    const begun = performance.now();
    try {
      const object = await source.open(ref, options);
      tally.bytes += object.bytes.length;
      tally.reads += 1;
      tally.milliseconds += performance.now() - begun;
      return object;
    } catch (error) {
      tally.isFull = false;
      throw error;
    } finally {
      if (limiter.waiting() === 0) tally.isFull = false;
      if (tally.reads >= window.width) look();
    }
  };
  return limitWith(source, limiter.run, measured);
}

function emptyTally(): Tally {
  return { reads: 0, milliseconds: 0, bytes: 0, isFull: true };
}
