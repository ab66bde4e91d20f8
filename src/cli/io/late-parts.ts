/** Parts of `verify` that only some runs need, each loaded when it is first called. */
type AcceptFile = typeof import('../options/accept-file.ts');
type BagOutput = typeof import('./bag-output.ts');
type ExpectFile = typeof import('../options/expect-file.ts');
type ReportSigning = typeof import('./report-signing.ts');
type RunState = typeof import('./state.ts');

/** With --accept. */
export const readAcceptFile: AcceptFile['readAcceptFile'] = async (...given) =>
  (await import('../options/accept-file.ts')).readAcceptFile(...given);

/** With --expect. */
export const readExpectFile: ExpectFile['readExpectFile'] = async (...given) =>
  (await import('../options/expect-file.ts')).readExpectFile(...given);

/** Without --no-sign. */
export const openSigning: ReportSigning['openSigning'] = async (...given) =>
  (await import('./report-signing.ts')).openSigning(...given);

/** Without --no-sign. */
export const signWritten: ReportSigning['signWritten'] = async (...given) =>
  (await import('./report-signing.ts')).signWritten(...given);

/** With --state. */
export const openRunState: RunState['openRunState'] = async (...given) =>
  (await import('./state.ts')).openRunState(...given);

/** With --bag. */
export const openBagOutput: BagOutput['openBagOutput'] = async (...given) =>
  (await import('./bag-output.ts')).openBagOutput(...given);
