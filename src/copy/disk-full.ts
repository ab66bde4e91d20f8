import { TrailVerifyError } from '../base/errors.ts';

/** True for the error of a file system that has no room left, or none for this user. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** True for the error of a process, or a system, that has as many files open as it may. */
export function isOutOfHandles(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

/** The hint where no more files can be opened. */
export const HANDLES_HINT =
  'raise the limit of open files (ulimit -n) or give a lower --concurrency, and run again';

/** The hint where an output could not be written: on a full disk, and else. */
export interface OutputHints {
  readonly full: string;
  readonly else: string;
}

/** The error for an output that could not be written because of `cause`: OUTPUT_NOT_WRITTEN where the disk is full, else OUTPUT_NOT_USABLE. */
export function unwritable(message: string, cause: unknown, hints: OutputHints): TrailVerifyError {
  const isFull = isDiskFull(cause);
  return new TrailVerifyError(isFull ? 'OUTPUT_NOT_WRITTEN' : 'OUTPUT_NOT_USABLE', message, {
    hint: isFull ? hints.full : hints.else,
    cause,
  });
}
