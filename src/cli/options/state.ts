import { randomBytes } from 'node:crypto';
import { type AnyCommand, FILES_RULE, fileListParser, UsageError } from './common.ts';
import { parseS3Object } from './place.ts';
import { type TimeOfRun, timeParser } from './window.ts';

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

/** The options of `verify` that decide whether it can have a state. */
export interface Companions {
  readonly logs: boolean;
  readonly unlisted: boolean;
  /** Whether the window has an end that was given. */
  readonly hasEnd: boolean;
}

const PLACE = '--state <place>';

/** The option of a command that reads a state and leaves none. The reader returns undefined without it. */
export function statePlaceOption(
  command: AnyCommand,
  words: string,
): () => StateSettings['place'] | undefined {
  const options = command.option(PLACE, words, parsePlace);
  return () => options.opts().state;
}

/** The options of runs that remember. The reader returns undefined without --state; ages count from `now`. It throws UsageError. */
export function stateOptions(
  command: AnyCommand,
): (companions: Companions, now: number) => StateSettings | undefined {
  const options = command
    .optionsGroup('State from run to run:')
    .option(PLACE, 'file or s3://bucket/key that remembers the proofs from run to run', parsePlace)
    .option(
      '--state-signer <file...>',
      `certificates that may have signed the state (default: this run’s own; ${FILES_RULE})`,
      fileListParser('--state-signer'),
    )
    .option(
      '--recheck-sample <percent>',
      'share of the old, unchanged days to read again, such as 1%',
      parseShare,
    )
    .option('--recheck-seed <word>', 'draw the same days as the run whose report names this seed', parseSeed)
    .option(
      '--require-checkpoint <hash|time>',
      'the state must be this checkpoint or a later one, or not older than the time',
      parseRequired,
    )
    .option('--no-relist', 'do not list the days before the checkpoint again');
  return ({ logs, unlisted, hasEnd }, now) => {
    const { state, stateSigner, recheckSample, recheckSeed, requireCheckpoint, relist } = options.opts();
    if (state === undefined) {
      const [lost] = [
        ...(stateSigner === undefined ? [] : ['--state-signer']),
        ...(recheckSample === undefined ? [] : ['--recheck-sample']),
        ...(recheckSeed === undefined ? [] : ['--recheck-seed']),
        ...(requireCheckpoint === undefined ? [] : ['--require-checkpoint']),
        ...(relist ? [] : ['--no-relist']),
      ];
      if (lost === undefined) return undefined;
      throw new UsageError(`${lost} is of use with --state only`, 'say where the state is with --state');
    }
    requireWhole({ logs, unlisted, hasEnd });
    if (recheckSample === undefined && recheckSeed !== undefined)
      throw new UsageError('--recheck-seed is of use with --recheck-sample only', 'give both of them');
    // A day that is not listed is not drawn: the share would be a promise that nothing keeps.
    if (recheckSample !== undefined && !relist)
      throw new UsageError(
        '--recheck-sample and --no-relist contradict each other',
        'days are drawn from the listing; leave one of them out',
      );
    return {
      place: state,
      signerFiles: stateSigner ?? [],
      sample:
        recheckSample === undefined
          ? undefined
          : { rate: recheckSample, seed: recheckSeed ?? randomBytes(16).toString('hex') },
      required: typeof requireCheckpoint === 'function' ? requireCheckpoint(now) : requireCheckpoint,
      relist,
    };
  };
}

/** Throws UsageError for a run of which no state can be left. */
export function requireWhole({ logs, unlisted, hasEnd }: Companions): void {
  if (!logs || !unlisted)
    throw new UsageError(
      `--state and ${logs ? '--no-unlisted' : '--no-logs'} contradict each other`,
      'a checkpoint covers log files too: leave one of them out',
    );
  if (hasEnd)
    throw new UsageError(
      '--state and --to contradict each other',
      'a state goes on to the present; leave one of them out',
    );
}

function parsePlace(text: string): StateSettings['place'] {
  if (text === '') throw new UsageError('--state is empty', 'give a file or s3://bucket/key');
  if (!/^s3:/i.test(text)) return { kind: 'file', file: text };
  const object = parseS3Object(text);
  if (object === undefined || object.key.endsWith('/'))
    throw new UsageError(
      `--state: ${JSON.stringify(text)} names no object`,
      'for example --state s3://audit-state/trail-verify.json',
    );
  return { kind: 'object', ...object };
}

function parseShare(text: string): number {
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text)?.[1];
  if (percent === undefined || Number(percent) > 100)
    throw new UsageError(
      `--recheck-sample: ${JSON.stringify(text)} is not a share from 0% to 100%`,
      'for example --recheck-sample 1%',
    );
  return Number(percent) / 100;
}

function parseSeed(text: string): string {
  if (/^[\x21-\x7e]{1,100}$/.test(text)) return text;
  throw new UsageError(
    '--recheck-seed is not one word',
    'take the seed that the report of the run to repeat names',
  );
}

/** The SHA-256 of a checkpoint, or a time. */
function parseRequired(text: string): string | TimeOfRun {
  return /^[0-9a-f]{64}$/i.test(text) ? text.toLowerCase() : timeParser('--require-checkpoint')(text);
}
