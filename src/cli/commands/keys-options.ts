import type { Command } from '@commander-js/extra-typings';
import { TIME } from '../../base/given-time.ts';
import {
  type AccessSettings,
  accessWithoutS3,
  type KeyTrustSettings,
  keyTrustOption,
} from '../options/access.ts';
import { outputFileOption, type Run, verboseOption } from '../options/common.ts';
import { parseRegions, timeParser, windowOptions } from '../options/window.ts';

/** The settings of `keys fetch`. Times are milliseconds since the epoch. */
export interface KeysFetchSettings extends KeyTrustSettings {
  readonly regions: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly output: string | undefined;
  readonly access: AccessSettings;
}

/** As far back as CloudTrail's own event history reaches. */
const USUAL_SPAN = '90d';

const EXAMPLES = `
Examples:
  trail-verify keys fetch --region us-east-1 eu-west-1 --from 90d --output cloudtrail-keys.jsonl
  trail-verify keys list cloudtrail-keys.jsonl
`;

const FETCH_EXAMPLES = `
Examples:
  trail-verify keys fetch --region us-east-1 --from 2026-01-01 --output cloudtrail-keys.jsonl
`;

const LIST_EXAMPLES = `
Examples:
  trail-verify keys list cloudtrail-keys.jsonl
  aws cloudtrail list-public-keys --start-time 2026-01-01 > keys.json && trail-verify keys list keys.json
`;

/** Adds `keys fetch` and `keys list`. */
export function addKeys(program: Command, fetch: Run<KeysFetchSettings>, list: Run<readonly string[]>): void {
  const keys = program
    .command('keys')
    .summary('fetch or list the public keys of CloudTrail')
    .description('Saves the public keys of CloudTrail for offline use, or shows what key files hold.')
    .addHelpText('after', EXAMPLES);
  addFetch(keys, fetch);
  const command = keys
    .command('list')
    .description('Shows the keys in key files: Region, fingerprint, size and validity.')
    .argument('<file...>', 'key files')
    .addHelpText('after', LIST_EXAMPLES);
  verboseOption(command);
  command.action(list);
}

function addFetch(keys: Command, run: Run<KeysFetchSettings>): void {
  const command = keys
    .command('fetch')
    .description('Asks CloudTrail for its public keys, Region by Region, and writes them as JSON lines.')
    .addHelpText('after', FETCH_EXAMPLES)
    .optionsGroup('Which keys:');
  const options = command.requiredOption('--region <region...>', 'Regions to ask', parseRegions);
  const readWindow = windowOptions(command, {
    words: {
      from: `keys used since: ${TIME} (default: ${USUAL_SPAN})`,
      to: 'keys used until (default: now)',
    },
    usualFrom: timeParser('--from')(USUAL_SPAN),
  });
  const readOutput = outputFileOption(command);
  const readAccess = accessWithoutS3(command);
  const readTrust = keyTrustOption(command);
  verboseOption(command);
  command.action(() => {
    const now = Date.now();
    const { from = now, to = now } = readWindow(now);
    return run({
      regions: [...new Set(options.opts().region)],
      from,
      to,
      output: readOutput(),
      access: readAccess(),
      ...readTrust(),
    });
  });
}
