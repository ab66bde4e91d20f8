import type { Report } from '../report/report.ts';

/** What the texts of a bag say of it. */
export interface BagFacts {
  /** The report as it was written, with the hash of the manifest in it. */
  readonly report: Report;
  /** SHA-256 of `report.json`, hex. */
  readonly reportSha256: string;
  /** Who signed the report; undefined where nobody did. `name` and `fingerprint` (SHA-256, hex) are the certificate's. */
  readonly signer: { readonly name: string; readonly fingerprint: string } | undefined;
  /** When the signature was timestamped (ISO 8601 in UTC) and by whom; undefined where it was not. */
  readonly timestamp: { readonly time: string; readonly authority: string } | undefined;
  readonly script: Uint8Array;
  readonly payload: { readonly files: number; readonly bytes: number };
  readonly includesLogs: boolean;
}

/** One fact of a bag for people: what it is called, and its text on one line, harmless for a terminal and in a code block. */
export type Fact = readonly [label: string, value: string];
