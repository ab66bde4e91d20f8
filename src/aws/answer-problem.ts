/** What is wrong with an answer itself, whatever service it came from: it came too late, or it is none that can be read. */

/** An answer that is not one of the service's own: another status, another document, a part. It is nobody's word on anything. */
export class AnswerNotUnderstoodError extends Error {
  readonly $metadata: { readonly httpStatusCode: number; readonly attempts: number };

  constructor(message: string, status = 200) {
    super(message);
    this.name = 'AnswerNotUnderstood';
    this.$metadata = { httpStatusCode: status, attempts: 1 };
  }
}

/** No whole answer in time, and no further try: a name that the SDK does not retry by. */
export class NoAnswerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoAnswer';
  }
}

/** The error of a try that had no answer within its time; the SDK, too, tries again by its name. */
export function timeoutError(message: string, cause?: unknown): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  error.name = 'TimeoutError';
  return error;
}

/** How often one thing is asked for in all where no answer comes in time. */
export const SILENT_TRIES = 3;
