/** The options of `proof verify` as commander hands them over. */
export interface RawProofVerifyOptions {
  readonly report: string;
  readonly log?: string;
  readonly keys?: readonly string[];
}

/** What `proof verify` was asked for. */
export interface ProofVerifySettings {
  readonly file: string;
  readonly reportFile: string;
  /** The log file as stored, for a proof that does not hold it. */
  readonly logFile: string | undefined;
  /** Public keys of CloudTrail from elsewhere; with none nothing is proven. */
  readonly keyFiles: readonly string[];
}

/** The settings of `proof verify`. */
export function readProofVerifySettings(file: string, raw: RawProofVerifyOptions): ProofVerifySettings {
  return { file, reportFile: raw.report, logFile: raw.log, keyFiles: raw.keys ?? [] };
}
