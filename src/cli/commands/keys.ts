import { listPublicKeys, type PublicKeyAnswer } from '../../aws/keys.ts';
import { tlsLimits } from '../../aws/network/endpoint-limits.ts';
import { isoTime } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { formatKeyLine } from '../../crypto/key-file.ts';
import { listedKey } from '../../crypto/key-rings.ts';
import type { PublicKey } from '../../crypto/public-key.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { alignTable } from '../../render/text/terminal.ts';
import { EXIT } from '../io/exit.ts';
import { isOfItsWriter, readKeyFiles } from '../io/files.ts';
import { openSession } from '../io/open-target.ts';
import { writeNewFile } from '../io/output.ts';
import { askingAt } from '../io/signing/secrets.ts';
import type { Terminal } from '../io/terminal.ts';
import type { Place } from '../options/place.ts';
import type { KeysFetchSettings } from './keys-options.ts';

/** A digest is signed after its hour, and the key may be older: a day is plenty. */
const KEY_MARGIN = 86_400_000;

/**
 * Asks every Region for its keys and writes them as JSON lines. Of Regions that are named: all, or an error and nothing. Of those that
 * a target names: those that can be had, and exit code 3 where some are left, because anybody who writes there can name one more.
 */
export async function keysFetchCommand(settings: KeysFetchSettings, terminal: Terminal): Promise<number> {
  const { target, to, output, access } = settings;
  await requireOutside(output, target?.place);
  const session = openSession(askingAt(terminal, access), undefined);
  const found =
    target && (await (await import('../io/target-regions.ts')).regionsOf(target, session, access));
  const isNamed = settings.regions.length > 0;
  const regions = isNamed ? settings.regions : (found?.regions ?? []);
  const from = settings.from ?? Math.min(found?.oldest ?? to, to) - KEY_MARGIN;
  const keys: PublicKey[] = [];
  const fetched: string[] = [];
  const left: LeftRegion[] = [];
  for (const region of regions) {
    const answer = await listPublicKeys(session, region, from, to);
    if (answer.keys === undefined || answer.keys.length === 0) {
      const without = leftRegion(region, answer);
      if (isNamed) throw without.error;
      left.push(without);
      continue;
    }
    requireTrust(region, answer.foreign, settings);
    fetched.push(region);
    keys.push(...answer.keys.map((key) => listedKey(key, region, answer.foreign)));
  }
  const [first] = left;
  if (first !== undefined && fetched.length === 0) throw first.error;
  const { authorities } = await session.network();
  for (const { text } of tlsLimits(authorities, true))
    terminal.error.write(`warning: ${escapeTerminal(text)}\n`);
  const lines = `${keys.map(formatKeyLine).join('\n')}\n`;
  if (output === undefined) terminal.out.write(lines);
  else {
    await writeNewFile(output, [lines]);
    terminal.error.write(
      `${keys.length} public keys of ${fetched.join(', ')} written to ${escapeTerminal(output)}\n`,
    );
  }
  if (left.length === 0) return EXIT.valid;
  terminal.error.write(escapeTerminal(leftLine(left)));
  terminal.error.write(`\nhint: if they are none of yours, name yours: --region ${fetched.join(' ')}\n`);
  return EXIT.inconclusive;
}

/** A Region without keys: why, as a clause, and as the error of a Region that was named. */
interface LeftRegion {
  readonly region: string;
  readonly why: string;
  readonly error: TrailVerifyError;
}

function leftRegion(region: string, answer: PublicKeyAnswer): LeftRegion {
  if (answer.keys !== undefined) {
    const error = new TrailVerifyError(
      'CONFIGURATION',
      `CloudTrail lists no public key in ${region} for that time`,
      { hint: 'give an earlier --from or a later --to' },
    );
    return { region, why: 'CloudTrail lists none for that time', error };
  }
  const { refusal, hint } = answer;
  const error = new TrailVerifyError(
    'ACCESS_DENIED',
    `the public keys of ${region} were not listed: ${refusal}`,
    {
      hint:
        hint ??
        'check the name of the Region, whether it is enabled, and the permission cloudtrail:ListPublicKeys',
    },
  );
  return { region, why: refusal, error };
}

/** Regions that the line names. */
const MOST_LEFT = 5;

function leftLine(left: readonly LeftRegion[]): string {
  const named = left.slice(0, MOST_LEFT).map(({ region, why }) => `${region} (${why})`);
  const more = left.length > MOST_LEFT ? ` and ${left.length - MOST_LEFT} more` : '';
  return `warning: no public keys of ${named.join(', ')}${more}`;
}

/** Throws OUTPUT_NOT_USABLE for a key file in the copy whose keys it holds: nothing there would ever prove anything. */
async function requireOutside(output: string | undefined, place: Place | undefined): Promise<void> {
  if (output === undefined || place?.kind !== 'folder' || !(await isOfItsWriter(output, place.path))) return;
  throw new TrailVerifyError('OUTPUT_NOT_USABLE', `file ${output} would be in the copy ${place.path}`, {
    hint: 'give a file outside it with --output: keys in a copy prove nothing, because its writer can have written them',
  });
}

/** A key file does not say where its keys came from, so none is written that would prove nothing. */
function requireTrust(
  region: string,
  foreign: string | undefined,
  { trustEndpointKeys }: KeysFetchSettings,
): void {
  if (foreign === undefined || trustEndpointKeys) return;
  throw new TrailVerifyError(
    'CONFIGURATION',
    `the public keys of ${region} came from ${foreign}, which is not AWS's`,
    {
      hint: 'unset --endpoint-url, AWS_ENDPOINT_URL and the like, or give --trust-endpoint-keys where an emulator is meant',
    },
  );
}

/** Prints the keys of key files as a table. Throws KEY_FILE_INVALID. */
export async function keysListCommand(files: readonly string[], terminal: Terminal): Promise<number> {
  const keys = await readKeyFiles(files);
  const columns = [
    { heading: 'region' },
    { heading: 'fingerprint' },
    { heading: 'bits', right: true },
    { heading: 'valid from' },
    { heading: 'valid to' },
    { heading: 'file' },
  ];
  const time = (value: number | undefined): string => (value === undefined ? 'unknown' : isoTime(value));
  const rows = keys.map((key) => [
    escapeTerminal(key.region ?? 'unknown'),
    key.fingerprint,
    String(key.key.asymmetricKeyDetails?.modulusLength ?? 0),
    time(key.validFrom),
    time(key.validTo),
    escapeTerminal(key.origin),
  ]);
  terminal.out.write(`${alignTable(columns, rows, '').join('\n')}\n`);
  return EXIT.valid;
}
