import { listPublicKeys } from '../../aws/keys.ts';
import { tlsLimits } from '../../aws/network/endpoint-limits.ts';
import { isoTime } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { formatKeyLine } from '../../crypto/key-file.ts';
import { listedKey } from '../../crypto/key-rings.ts';
import type { PublicKey } from '../../crypto/public-key.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { alignTable } from '../../render/text/terminal.ts';
import { EXIT } from '../io/exit.ts';
import { readKeyFiles } from '../io/files.ts';
import { openSession } from '../io/open-target.ts';
import { writeNewFile } from '../io/output.ts';
import { askingAt } from '../io/secrets.ts';
import type { Terminal } from '../io/terminal.ts';
import type { KeysFetchSettings } from './keys-options.ts';

/** A digest is signed after its hour, and the key may be older: a day is plenty. */
const KEY_MARGIN = 86_400_000;

/** Asks every Region for its keys and writes them as JSON lines: all of them, or an error and nothing. */
export async function keysFetchCommand(settings: KeysFetchSettings, terminal: Terminal): Promise<number> {
  const { target, to, output, access } = settings;
  const session = openSession(askingAt(terminal, access), undefined);
  const found =
    target && (await (await import('../io/target-regions.ts')).regionsOf(target, session, access));
  const regions = settings.regions.length > 0 ? settings.regions : (found?.regions ?? []);
  const from = settings.from ?? Math.min(found?.oldest ?? to, to) - KEY_MARGIN;
  const keys: PublicKey[] = [];
  for (const region of regions) {
    const answer = await listPublicKeys(session, region, from, to);
    if (answer.keys === undefined) {
      throw new TrailVerifyError(
        'ACCESS_DENIED',
        `the public keys of ${region} were not listed: ${answer.refusal}`,
        {
          hint:
            answer.hint ??
            'check the name of the Region, whether it is enabled, and the permission cloudtrail:ListPublicKeys',
        },
      );
    }
    if (answer.keys.length === 0) {
      throw new TrailVerifyError(
        'CONFIGURATION',
        `CloudTrail lists no public key in ${region} for that time`,
        {
          hint: 'give an earlier --from or a later --to',
        },
      );
    }
    requireTrust(region, answer.foreign, settings);
    keys.push(...answer.keys.map((key) => listedKey(key, region, answer.foreign)));
  }
  const { authorities } = await session.network();
  for (const { text } of tlsLimits(authorities, true))
    terminal.error.write(`warning: ${escapeTerminal(text)}\n`);
  const lines = `${keys.map(formatKeyLine).join('\n')}\n`;
  if (output === undefined) {
    terminal.out.write(lines);
    return EXIT.valid;
  }
  await writeNewFile(output, [lines]);
  terminal.error.write(
    `${keys.length} public keys of ${regions.join(', ')} written to ${escapeTerminal(output)}\n`,
  );
  return EXIT.valid;
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
