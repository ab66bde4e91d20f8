import type { Command } from '@commander-js/extra-typings';
import { TIME } from '../../base/given-time.ts';
import {
  type AccessSettings,
  accessOptions,
  type KeyTrustSettings,
  keyTrustOption,
} from '../options/access.ts';
import { outputFileOption, type Run, UsageError, verboseOption } from '../options/common.ts';
import {
  type LayoutSettings,
  layoutOptions,
  type Place,
  parsePlace,
  placeOfAccessPoint,
} from '../options/place.ts';
import { parseRegions, timeParser, windowOptions } from '../options/window.ts';

/** The settings of `keys fetch`. Times are milliseconds since the epoch. */
export interface KeysFetchSettings extends KeyTrustSettings {
  /** Where the Regions are looked for that have digests; undefined where they are given. */
  readonly target: { readonly place: Place; readonly layout: LayoutSettings } | undefined;
  readonly regions: readonly string[];
  /** Undefined where the oldest digests of the target say it. */
  readonly from: number | undefined;
  readonly to: number;
  readonly output: string | undefined;
  readonly access: AccessSettings;
}

/** As far back as CloudTrail's own event history reaches. */
const USUAL_SPAN = '90d';

const EXAMPLES = `
Examples:
  trail-verify keys fetch s3://my-trail-bucket --output cloudtrail-keys.jsonl
  trail-verify keys list cloudtrail-keys.jsonl
`;

const FETCH_EXAMPLES = `
Examples:
  trail-verify keys fetch ./evidence --output cloudtrail-keys.jsonl
  trail-verify keys fetch --region us-east-1 --from 2026-01-01 --output cloudtrail-keys.jsonl

With a target the Regions are those that have digests there, and the keys are
those used since its oldest digests. Anybody who writes there can name a Region
that is none: the keys of the others are written all the same.

Exit codes: 0 all keys, 2 usage or configuration, 3 some Regions of the target
gave none, 4 nothing was written.
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
    .argument('[target]', 's3://bucket[/prefix], a trail ARN or a folder, whose Regions are asked')
    .addHelpText('after', FETCH_EXAMPLES)
    .optionsGroup('Which keys:');
  const options = command.option(
    '--region <region...>',
    'Regions to ask (default: those with digests in the target)',
    parseRegions,
  );
  const readWindow = windowOptions(command, {
    words: {
      from: `keys used since: ${TIME} (default: the oldest digests of the target, or else ${USUAL_SPAN})`,
      to: 'keys used until (default: now)',
    },
  });
  const readOutput = outputFileOption(command);
  const readAccess = accessOptions(command);
  const readTrust = keyTrustOption(command);
  command.optionsGroup('Where objects are:');
  const readLayout = layoutOptions(command);
  verboseOption(command);
  command.action((text) => {
    const now = Date.now();
    const regions = [...new Set(options.opts().region)];
    const { from, to = now } = readWindow(now);
    if (text === undefined && regions.length === 0)
      throw new UsageError(
        'neither a target nor --region says which Regions are meant',
        'give the target that is to be verified, or --region us-east-1',
      );
    const named = text === undefined ? undefined : parsePlace(text);
    const layout = readLayout(named?.kind === 'folder', named?.kind === 'access-point');
    const place = named && placeOfAccessPoint(named, layout.bucket);
    return run({
      target: place && { place, layout },
      regions,
      from: from ?? (place === undefined ? timeParser('--from')(USUAL_SPAN)(now) : undefined),
      to,
      output: readOutput(),
      access: readAccess(),
      ...readTrust(),
    });
  });
}
