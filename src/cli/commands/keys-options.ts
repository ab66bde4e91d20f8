import {
  type AccessSettings,
  type KeyTrustSettings,
  readAccess,
  readScope,
  readWindow,
} from '../options/common.ts';

/** What `keys fetch` was asked for. Times are milliseconds since the epoch. */
export interface KeysFetchSettings extends KeyTrustSettings {
  readonly regions: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly output: string | undefined;
  readonly access: AccessSettings;
}

/** The options of `keys fetch` as commander hands them over. */
export interface RawKeysFetchOptions extends AccessSettings {
  readonly trustEndpointKeys?: boolean;
  readonly region: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly output?: string;
}

/** As far back as CloudTrail's own event history reaches. */
const DEFAULT_SPAN = '90d';

/** Checks the options of `keys fetch`; ages count from `now`. Throws UsageError for the first that is wrong. */
export function readKeysFetchSettings(raw: RawKeysFetchOptions, now: number): KeysFetchSettings {
  const window = readWindow({ ...raw, from: raw.from ?? DEFAULT_SPAN }, now);
  return {
    regions: [...new Set(readScope({ region: raw.region }).regions)],
    from: window.from ?? now,
    to: window.to ?? now,
    output: raw.output,
    access: readAccess(raw),
    trustEndpointKeys: raw.trustEndpointKeys ?? false,
  };
}
