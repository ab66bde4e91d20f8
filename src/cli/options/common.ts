import type { ConfiguredEndpoint } from '../../aws/credentials.ts';
import { parseTime } from './parse-time.ts';
import { UsageError } from './usage-error.ts';

/** The window asked for; undefined means no bound of the user's. Milliseconds since the epoch. */
export interface WindowSettings {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** The chains asked for: exact names, an empty list means all. */
export interface ScopeSettings {
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly trails: readonly string[];
}

/** How AWS is reached. */
export interface AccessSettings {
  readonly profile?: string;
  readonly roleArn?: string;
  readonly endpointUrl?: string;
  /** Told of each service that is asked at an endpoint that was set. */
  readonly onEndpoint?: (endpoint: ConfiguredEndpoint) => void;
}

/** What a command that asks for public keys trusts. */
export interface KeyTrustSettings {
  /** Whether keys count that come from an endpoint which is not AWS's own. */
  readonly trustEndpointKeys: boolean;
}

const TARGET_FIRST = 'write the target before options that take several values';

/** Reads --from and --to or their aliases; ages count from `now`. Throws UsageError for a bad time or an empty window. */
export function readWindow(
  raw: {
    readonly from?: string;
    readonly to?: string;
    readonly startTime?: string;
    readonly endTime?: string;
  },
  now: number,
): WindowSettings {
  const from = readEnd(raw.from, '--from', raw.startTime, '--start-time', now);
  const to = readEnd(raw.to, '--to', raw.endTime, '--end-time', now);
  const end = to ?? now;
  if (from !== undefined && from >= end) {
    const written = (time: number): string => new Date(time).toISOString();
    const begin = raw.from === undefined && raw.startTime !== undefined ? '--start-time' : '--from';
    const until = raw.to === undefined ? '--end-time' : '--to';
    const right = to === undefined ? `now (${written(now)})` : `${until} (${written(end)})`;
    throw new UsageError(
      `${begin} (${written(from)}) is not before ${right}`,
      'give a window that has a length',
    );
  }
  return { from, to };
}

function readEnd(
  text: string | undefined,
  option: string,
  alias: string | undefined,
  aliasOption: string,
  now: number,
): number | undefined {
  if (text !== undefined && alias !== undefined) {
    throw new UsageError(`${option} and ${aliasOption} are the same option`, 'give one of them');
  }
  if (text !== undefined) return parseTime(text, option, now);
  return alias === undefined ? undefined : parseTime(alias, aliasOption, now);
}

/** Reads --account, --region and --trail. Throws UsageError for a name that cannot be one. */
export function readScope(raw: {
  readonly account?: readonly string[];
  readonly accountId?: readonly string[];
  readonly region?: readonly string[];
  readonly trail?: readonly string[];
}): ScopeSettings {
  const accounts = [...(raw.account ?? []), ...(raw.accountId ?? [])];
  checkNames(accounts, '--account', /^\d{12}$/, 'an account id of twelve digits');
  checkNames(
    raw.region ?? [],
    '--region',
    /^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/,
    'a Region name such as us-east-1',
  );
  checkNames(raw.trail ?? [], '--trail', /^[A-Za-z0-9._-]{1,128}$/, 'a trail name');
  return { accounts, regions: raw.region ?? [], trails: raw.trail ?? [] };
}

function checkNames(names: readonly string[], option: string, form: RegExp, what: string): void {
  const wrong = names.find((name) => !form.test(name));
  if (wrong !== undefined) {
    throw new UsageError(`${option}: ${JSON.stringify(wrong)} is not ${what}`, TARGET_FIRST);
  }
}

/** Reads --profile, --role-arn and --endpoint-url. Throws UsageError for an endpoint or role that cannot be one. */
export function readAccess(raw: AccessSettings): AccessSettings {
  const { profile, roleArn, endpointUrl } = raw;
  if (endpointUrl !== undefined && !isHttpUrl(endpointUrl)) {
    throw new UsageError(
      `--endpoint-url: ${JSON.stringify(endpointUrl)} is not an http or https address`,
      'for example --endpoint-url https://s3.example.com',
    );
  }
  if (roleArn !== undefined && !/^arn:aws[a-z0-9-]*:iam::\d{12}:role\/\S+$/.test(roleArn)) {
    throw new UsageError(
      `--role-arn: ${JSON.stringify(roleArn)} is not the ARN of a role`,
      'for example --role-arn arn:aws:iam::111122223333:role/auditor',
    );
  }
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(endpointUrl === undefined ? {} : { endpointUrl }),
  };
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** A whole number between two bounds; undefined where the option is absent. Throws UsageError, naming `option`. */
export function readCount(
  text: string | undefined,
  option: string,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= least && count <= most)) {
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} is not a whole number from ${least} to ${most}`,
      `for example ${option} ${Math.min(most, Math.max(least, 32))}`,
    );
  }
  return count;
}
