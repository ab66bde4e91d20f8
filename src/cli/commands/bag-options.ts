import { UsageError } from '../options/usage-error.ts';

/** What the evidence bag that a run makes is to hold. */
export interface BagSettings {
  readonly includeLogs: boolean;
  /** The new `.tar.gz` to write as well; undefined for none. */
  readonly archive: string | undefined;
}

/** The options of the bag as commander hands them over. */
export interface RawBagOptions {
  readonly bag?: boolean;
  readonly includeLogs?: boolean;
  readonly archive?: string;
}

/** What the options ask for; undefined where no bag is to be made. Throws UsageError for options that need one. */
export function readBag(raw: RawBagOptions & { readonly logs: boolean }): BagSettings | undefined {
  const { bag = false, includeLogs = false, archive } = raw;
  if (!bag) {
    const [lost] = [
      ...(includeLogs ? ['--include-logs'] : []),
      ...(archive === undefined ? [] : ['--archive']),
    ];
    if (lost === undefined) return undefined;
    throw new UsageError(`${lost} is of use with --bag only`, 'add --bag, or use trail-verify evidence pack');
  }
  if (includeLogs && !raw.logs)
    throw new UsageError('--include-logs and --no-logs contradict each other', 'give one of them');
  return { includeLogs, archive };
}
