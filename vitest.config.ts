import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** The rooms whose every line and branch is tested: what the proof stands on, and what explains a gap beside it. */
const TESTED_ROOMS = [
  'src/digest/**',
  'src/crypto/**',
  'src/chain/**',
  'src/logs/**',
  'src/activity/**',
  'src/findings/**',
  'src/report/{build-report,chain-tally,finding-counts,findings-beyond,judge-findings}.ts',
  'src/signed/{companions,finding-rules}.ts',
  'src/base/lists.ts',
  'src/base/flow.ts',
  'src/events/{check-export,columns,database,ddl,events-document}.ts',
  'src/verify-events.ts',
];
const EVERYTHING = { lines: 100, branches: 100, functions: 100, statements: 100 };

const EVERY_TEST = 'test/**/*.test.ts';
/** Tests that put other modules in the place of some, or load some once more. The others share what one of them has loaded, which halves their time. */
const MOCKING = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((name) => `test/${name}`)
  .filter(
    (file) => file.endsWith('.test.ts') && /\bvi\.(?:mock|resetModules)\(/.test(readFileSync(file, 'utf8')),
  );

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'shared', include: [EVERY_TEST], exclude: MOCKING, isolate: false } },
      { extends: true, test: { name: 'mocking', include: MOCKING } },
    ],
    globalSetup: 'test/support/bundle-threads.ts',
    setupFiles: 'test/support/bundled-asking.ts',
    // Much of the time goes to processes that tests start, and to waiting for them.
    maxWorkers: '150%',
    // A property test makes hundreds of small runs; nothing else comes near this.
    testTimeout: 60_000,
    // Thousands of small files are removed at the end of some tests.
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      // Of these alone: to work out what is covered of all of them takes a while.
      include: TESTED_ROOMS,
      reportOnFailure: true,
      thresholds: Object.fromEntries(TESTED_ROOMS.map((files) => [files, EVERYTHING])),
    },
  },
});
