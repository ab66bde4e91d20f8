/**
 * A wrong use of the command, found while its options are read: exit 2. A class of its own, because the library
 * and its AWS clients are loaded only once the options are known to be good.
 */
export class UsageError extends Error {
  readonly code = 'USAGE';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}
