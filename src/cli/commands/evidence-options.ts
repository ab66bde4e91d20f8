import { parseTime } from '../options/parse-time.ts';

/** The options of `evidence verify` as commander hands them over. */
export interface RawEvidenceVerifyOptions {
  readonly trust?: readonly string[];
  readonly tsaCa?: readonly string[];
  readonly keys?: readonly string[];
  readonly now?: string;
}

/** What `evidence verify` was asked for. */
export interface EvidenceVerifySettings {
  readonly folder: string;
  readonly trustFiles: readonly string[];
  readonly authorityFiles: readonly string[];
  /** Public keys of CloudTrail from elsewhere; none given leaves those of the bag to its signer. */
  readonly keyFiles: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Checks the options of `evidence verify`; `machineTime` is the present unless --now says otherwise. Throws UsageError. */
export function readEvidenceVerifySettings(
  folder: string,
  raw: RawEvidenceVerifyOptions,
  machineTime: number,
): EvidenceVerifySettings {
  return {
    folder,
    trustFiles: raw.trust ?? [],
    authorityFiles: raw.tsaCa ?? [],
    keyFiles: raw.keys ?? [],
    now: raw.now === undefined ? machineTime : parseTime(raw.now, '--now', machineTime),
  };
}
