/** True for the error of a file system that has no room left, or none for this user. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** True for the error of a process, or a system, that has as many files open as it may. */
export function isOutOfHandles(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

/** What helps where no more files can be opened. */
export const HANDLES_HINT =
  'raise the limit of open files (ulimit -n) or give a lower --concurrency, and run again';
