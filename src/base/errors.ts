/**
 * Why a run, or one object of it, could not be carried out. Codes are stable: scripts and callers may branch on them.
 * `OBJECT_*` concern one object and never end a run; the rest do. `EVIDENCE_INVALID` means that a signature, certificate,
 * timestamp or report is not in its proper form. `CONTENT_CHANGED` means that a genuine signature or timestamp is over other
 * content. `STATE_INVALID` means that a state file is damaged, forged or of something else, `STATE_CONFLICT` that another run
 * has written it meanwhile. `OUTPUT_NOT_USABLE` is about a place that the caller must change, `OUTPUT_NOT_WRITTEN` about one
 * whose disk is full.
 */
export type ErrorCode =
  | 'USAGE'
  | 'CONFIGURATION'
  | 'KEY_FILE_INVALID'
  | 'REPORT_INVALID'
  | 'TARGET_NOT_FOUND'
  | 'TARGET_WITHOUT_TRAIL'
  | 'TARGET_TOO_LARGE'
  | 'OUTPUT_NOT_USABLE'
  | 'OUTPUT_NOT_WRITTEN'
  | 'CREDENTIALS'
  | 'ACCESS_DENIED'
  | 'UNREACHABLE'
  | 'INTERRUPTED'
  | 'INTERNAL'
  | 'EVIDENCE_INVALID'
  | 'CONTENT_CHANGED'
  | 'STATE_INVALID'
  | 'STATE_CONFLICT'
  | 'STATE_NOT_WRITTEN'
  | 'SIGNING_FAILED'
  | 'TIMESTAMP_FAILED'
  | 'OBJECT_NOT_FOUND'
  | 'OBJECT_NOT_COPIED'
  | 'OBJECT_NO_FILE'
  | 'OBJECT_DENIED'
  | 'OBJECT_ARCHIVED'
  | 'OBJECT_UNDECRYPTABLE'
  | 'OBJECT_TOO_LARGE'
  | 'OBJECT_UNREACHABLE';

/**
 * The additions to an error: a hint how to mend it (one line, shown below the message), its cause, and the claim of a copy
 * about itself. Anybody who made or changed the copy can have written that claim.
 */
export interface ErrorDetails {
  readonly hint?: string | undefined;
  readonly claim?: string | undefined;
  readonly cause?: unknown;
}

/** The one error class of this library: a stable `code`, a lower-case message that names the object, and a hint. */
export class TrailVerifyError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly claim: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TrailVerifyError';
    this.code = code;
    this.hint = details.hint;
    this.claim = details.claim;
  }
}

/** True for an error that concerns one object only, so that the run goes on without it. */
export function isObjectError(error: unknown): error is TrailVerifyError {
  return error instanceof TrailVerifyError && error.code.startsWith('OBJECT_');
}

/** The error for a structure that is not what its standard says; `what` names the value concerned. */
export function malformed(what: string, why: string): TrailVerifyError {
  return new TrailVerifyError('EVIDENCE_INVALID', `${what} ${why}`);
}

/** The error of a call that is refused because a run was interrupted. */
export function interrupted(): TrailVerifyError {
  return new TrailVerifyError('INTERRUPTED', 'the run was interrupted');
}

/** What an error says; what was thrown and is none, as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of an error, such as ENOENT; '' where it is another error. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
