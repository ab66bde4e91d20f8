import { defineConfig } from 'vitest/config';

/** The rooms whose every line and branch is tested: what the proof stands on, and what explains a gap beside it. */
const TESTED_ROOMS = [
  'src/digest/**',
  'src/crypto/**',
  'src/chain/**',
  'src/logs/**',
  'src/findings/**',
  'src/report/{accept-findings,balance-books,build-report,chain-tally,finding-counts,judge-findings,named-findings}.ts',
  'src/report/write-further-findings.ts',
  'src/evidence/{check-beside,check-further-findings,finding-rules}.ts',
  'src/long-lists.ts',
  'src/channel.ts',
];
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
      thresholds: Object.fromEntries(TESTED_ROOMS.map((files) => [files, EVERYTHING])),
    },
  },
});
