import { defineConfig } from 'vitest/config';

/** The rooms whose every line and branch is tested: they are what the proof stands on. */
const PROVEN_ROOMS = [
  'src/digest/**',
  'src/crypto/**',
  'src/chain/**',
  'src/logs/{check-log,event-family,hash-log,log-queue,place-coverage,unlisted-logs,verify-log}.ts',
  'src/findings/!(finding-span).ts',
  'src/report/{accept-findings,balance-books,build-report,chain-tally,finding-counts,judge-findings,named-findings}.ts',
  'src/report/write-further-findings.ts',
  'src/evidence/{check-further-findings,finding-rules}.ts',
  'src/channel.ts',
];
/** What explains a gap and proves nothing. */
const EXPLANATION = [
  'src/logs/{log-records,proven-digests,read-control-events,search-control-events,search-log,trouble-times}.ts',
  'src/findings/finding-span.ts',
];
const NEARLY_EVERYTHING = { lines: 90, branches: 80, functions: 95, statements: 90 };
const EVERYTHING = { lines: 100, branches: 100, functions: 100, statements: 100 };

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Much of the time goes to processes that tests start.
    maxWorkers: '100%',
    // A property test makes hundreds of small runs; nothing else comes near this.
    testTimeout: 60_000,
    // Thousands of small files are removed at the end of some tests.
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reportOnFailure: true,
      thresholds: {
        ...Object.fromEntries(PROVEN_ROOMS.map((files) => [files, EVERYTHING])),
        ...Object.fromEntries(EXPLANATION.map((files) => [files, NEARLY_EVERYTHING])),
      },
    },
  },
});
