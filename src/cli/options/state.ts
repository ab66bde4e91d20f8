import { randomBytes } from 'node:crypto';
import { parseTime } from './parse-time.ts';
import { UsageError } from './usage-error.ts';

/** The options of a state as commander hands them over. */
export interface RawStateOptions {
  readonly state?: string;
  readonly stateSigner?: readonly string[];
  readonly recheckSample?: string;
  readonly recheckSeed?: string;
  readonly requireCheckpoint?: string;
  readonly relist?: boolean;
}

/** What of `verify` matters to a state besides. */
interface Beside extends RawStateOptions {
  readonly logs: boolean;
  readonly unlisted: boolean;
  readonly to?: string;
  readonly endTime?: string;
}

/** How a run is to use a state. */
export interface StateSettings {
  readonly place:
    | { readonly kind: 'file'; readonly file: string }
    | { readonly kind: 'object'; readonly bucket: string; readonly key: string };
  readonly signerFiles: readonly string[];
  readonly sample: { readonly rate: number; readonly seed: string } | undefined;
  /** A SHA-256 (hex) or a time (milliseconds since the epoch). */
  readonly required: string | number | undefined;
  readonly relist: boolean;
}

/** Reads the options of a state; undefined without --state. Ages count from `now`. Throws UsageError. */
export function readStateSettings(raw: Beside, now: number): StateSettings | undefined {
  if (raw.state === undefined) {
    const lost = (
      [
        ['stateSigner', '--state-signer'],
        ['recheckSample', '--recheck-sample'],
        ['recheckSeed', '--recheck-seed'],
        ['requireCheckpoint', '--require-checkpoint'],
      ] as const
    ).find(([name]) => raw[name] !== undefined);
    const option = lost?.[1] ?? (raw.relist === false ? '--no-relist' : undefined);
    if (option === undefined) return undefined;
    throw new UsageError(`${option} is of use with --state only`, 'say where the state is with --state');
  }
  if (!raw.logs || !raw.unlisted)
    throw new UsageError(
      `--state and ${raw.logs ? '--no-unlisted' : '--no-logs'} contradict each other`,
      'a checkpoint vouches for log files too: leave one of them out',
    );
  if (raw.to !== undefined || raw.endTime !== undefined)
    throw new UsageError(
      '--state and --to contradict each other',
      'a state goes on to the present; leave one of them out',
    );
  return {
    place: readPlace(raw.state),
    signerFiles: raw.stateSigner ?? [],
    sample: readSample(raw),
    required: readRequired(raw.requireCheckpoint, now),
    relist: raw.relist !== false,
  };
}

function readPlace(text: string): StateSettings['place'] {
  if (text === '') throw new UsageError('--state is empty', 'give a file or s3://bucket/key');
  if (!/^s3:/i.test(text)) return { kind: 'file', file: text };
  const [, bucket, key] = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{2,254})\/(.*[^/])$/i.exec(text) ?? [];
  if (bucket === undefined || key === undefined)
    throw new UsageError(
      `--state: ${JSON.stringify(text)} names no object`,
      'for example --state s3://audit-state/trail-verify.json',
    );
  return { kind: 'object', bucket, key };
}

function readSample({ recheckSample, recheckSeed }: RawStateOptions): StateSettings['sample'] {
  if (recheckSample === undefined) {
    if (recheckSeed === undefined) return undefined;
    throw new UsageError('--recheck-seed is of use with --recheck-sample only', 'give both of them');
  }
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(recheckSample)?.[1];
  if (percent === undefined || Number(percent) > 100)
    throw new UsageError(
      `--recheck-sample: ${JSON.stringify(recheckSample)} is not a share from 0% to 100%`,
      'for example --recheck-sample 1%',
    );
  if (recheckSeed !== undefined && !/^[\x21-\x7e]{1,100}$/.test(recheckSeed))
    throw new UsageError(
      '--recheck-seed is not one word',
      'take the seed that the report of the run to repeat tells',
    );
  return { rate: Number(percent) / 100, seed: recheckSeed ?? randomBytes(16).toString('hex') };
}

function readRequired(text: string | undefined, now: number): string | number | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  return parseTime(text, '--require-checkpoint', now);
}
