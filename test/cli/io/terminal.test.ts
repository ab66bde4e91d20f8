import { expect, test } from 'vitest';
import { interruptSignals } from '../../../src/cli/io/terminal.ts';

test.each([
  ['linux', ['SIGINT', 'SIGTERM', 'SIGHUP']],
  ['darwin', ['SIGINT', 'SIGTERM', 'SIGHUP']],
  ['win32', ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']],
] as const)('on %s these signals end a run with a report: %j', (system, signals) => {
  expect(interruptSignals(system)).toEqual(signals);
});
