import type { Span } from './finding.ts';

/**
 * How deep a run looked into one chain: everything in its window (`full`); what is new, and the listings of the days
 * before (`chain+listing`); what is new only (`chain`).
 */
export type Depth = 'chain' | 'chain+listing' | 'full';

/** What a run rests on besides its own reading, for one chain: `vouched` is the time that only the checkpoint proves. */
export interface ChainDepth {
  readonly depth: Depth;
  readonly vouched: readonly Span[];
}

/** What a run did with its state, for the report. Hashes are SHA-256 in lower-case hex, of checkpoints. */
export interface StateRecord {
  readonly location: string;
  /**
   * The checkpoint that was read, when it was written, the certificate that signed it, and who vouches for it to this run: that
   * signer, the hash that the run's caller gave, or nobody, and then it spared no reading; null for a first run.
   */
  readonly read: {
    readonly sha256: string;
    readonly written: string;
    readonly signer: string | null;
    readonly vouching: 'signer' | 'hash' | null;
  } | null;
  /** The checkpoint that this run earned; null where it earned none and the old one stays. */
  readonly checkpoint: string | null;
  /** Days of accounts and Regions before the checkpoint: whose listing is as it was, those read again for a change, and those drawn. */
  readonly days: {
    readonly unchanged: number;
    readonly changed: readonly string[];
    readonly sampled: readonly string[];
  };
  readonly sample: { readonly rate: number; readonly seed: string } | null;
  /** Accounts and Regions whose checkpoint stays where it was, for findings keep it there. */
  readonly held: readonly string[];
}

/** The state of a run, and the depth of every chain by its id. */
export interface StateUse {
  readonly state: StateRecord;
  readonly chains: Readonly<Record<string, ChainDepth>>;
}
