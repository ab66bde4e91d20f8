// Loaded into a measured process with --import: on its end writes what it used to the file named in BENCH_USAGE_FILE.
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread)
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = {
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      mainSeconds: mainThread(),
      peakBytes: maxRSS * 1024,
    };
    writeFileSync(process.env.BENCH_USAGE_FILE, JSON.stringify(usage));
  });

/** What the thread that walks used by itself, in seconds; null where this system does not tell. */
function mainThread() {
  try {
    // Nanoseconds on a processor come first.
    const [used] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return Number(used) / 1e9;
  } catch {
    return null;
  }
}
