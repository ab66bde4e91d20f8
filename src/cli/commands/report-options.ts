import { parseTime } from '../options/parse-time.ts';

/** The options of `report verify` as commander hands them over. */
export interface RawReportVerifyOptions {
  readonly trust?: readonly string[];
  readonly tsaCa?: readonly string[];
  readonly signature?: string;
  readonly timestamp?: string;
  readonly bundle?: string;
  readonly now?: string;
}

/** What `report verify` was asked for. */
export interface ReportVerifySettings {
  readonly file: string;
  readonly trustFiles: readonly string[];
  readonly authorityFiles: readonly string[];
  /** Undefined for the files beside the report. */
  readonly signatureFile: string | undefined;
  readonly timestampFile: string | undefined;
  readonly bundleFile: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Checks the options of `report verify`; `machineTime` is the present unless --now says otherwise. Throws UsageError. */
export function readReportVerifySettings(
  file: string,
  raw: RawReportVerifyOptions,
  machineTime: number,
): ReportVerifySettings {
  return {
    file,
    trustFiles: raw.trust ?? [],
    authorityFiles: raw.tsaCa ?? [],
    signatureFile: raw.signature,
    timestampFile: raw.timestamp,
    bundleFile: raw.bundle,
    now: raw.now === undefined ? machineTime : parseTime(raw.now, '--now', machineTime),
  };
}
