import { isAccountId, isRegionName } from '../../base/names.ts';
import { type AnyCommand, type ListParser, listParser, UsageError } from './common.ts';

/** The chains asked for: exact names, an empty list means all. */
export interface ScopeSettings {
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly trails: readonly string[];
}

/** The alphabet of trail names; older trails break the further rules of today. */
export const TRAIL_NAME: RegExp = /^[A-Za-z0-9._-]{1,128}$/;

/** The parser of an option that takes Regions. Throws UsageError for a text that cannot be one. */
export const parseRegions: ListParser = namesParser(
  '--region',
  isRegionName,
  'a Region name such as us-east-1',
);

const parseAccounts: ListParser = namesParser('--account', isAccountId, 'an account id of twelve digits');

function namesParser(option: string, isName: (text: string) => boolean, what: string): ListParser {
  const check = (name: string): void => {
    if (isName(name)) return;
    throw new UsageError(
      `${option}: ${JSON.stringify(name)} is not ${what}`,
      'write the target before options that take several values',
    );
  };
  return listParser(option, { check });
}

/** The options that narrow the scope, and with `aliases` --account-id of `aws cloudtrail validate-logs`. */
export function scopeOptions(command: AnyCommand, aliases?: 'with aliases'): () => ScopeSettings {
  const options = command
    .option('--account <id...>', 'only these accounts', parseAccounts)
    .option('--region <region...>', 'only these Regions', parseRegions)
    .option(
      '--trail <name...>',
      'only these trails, by exact name',
      namesParser('--trail', (name) => TRAIL_NAME.test(name), 'a trail name'),
    );
  const alias =
    aliases &&
    command.addOption(command.createOption('--account-id <id...>').argParser(parseAccounts).hideHelp());
  return () => {
    const { account = [], region = [], trail = [] } = options.opts();
    return { accounts: [...account, ...(alias?.opts().accountId ?? [])], regions: region, trails: trail };
  };
}
