import type { Chain } from '../digest/digest-key.ts';
import type { Acceptance } from '../findings/acceptance.ts';
import type { ControlEvent } from '../findings/control-event.ts';
import type { ByteCount, EventFamily, Limit } from '../findings/event.ts';
import type { Finding, FindingCode, Span, Weight } from '../findings/finding.ts';
import type { ChainDepth, StateRecord } from '../findings/state-use.ts';
import type { Verdict } from '../findings/verdict.ts';
import type { EndpointRecord, ExaminationReport, ToolRecord } from './examination.ts';

/** Digests by outcome. `listed` is how many the listing showed in scope; `missing` are named by evidence only. */
export interface DigestTotals {
  readonly listed: number;
  readonly valid: number;
  readonly invalid: number;
  readonly missing: number;
  readonly unproven: number;
}

/** Log files by outcome. `listed` is how many proven digests name; `unlisted` are in no digest. */
export interface LogTotals extends DigestTotals {
  readonly unlisted: number;
}

/** A stretch of the window that nothing proves, with the code of the finding that says why. */
export interface UncoveredSpan extends Span {
  readonly chain: string;
  readonly reason: FindingCode;
  /** The control events that can have caused it, the likeliest first: ids of the report's `controlEvents`. */
  readonly explainedBy?: readonly string[];
  /** The acceptance that bears the finding that says why; the time stays uncovered. */
  readonly accepted?: string;
}

/** One acceptance that a run was given, and what became of it. Only one that is `applied` has a part in the verdict. */
export interface AcceptanceReport extends Acceptance {
  /** `unmatched`: no finding that can be accepted is what it says; `expired`: it would be, and its time is over. */
  readonly status: 'applied' | 'unmatched' | 'expired';
  /** Unproven findings that are what it says. */
  readonly findings: number;
  /** Violations that are what it says: they stay, for a violation cannot be accepted. */
  readonly violations: number;
}

/** How many findings there are of one chain (none for those of no chain), code and weight. */
export interface FindingCount {
  readonly chain?: string;
  readonly code: FindingCode;
  readonly weight: Weight;
  readonly count: number;
  /** How many of them somebody bears. */
  readonly accepted?: number;
  /** The first and the last of the times that they are about; absent where they name none. */
  readonly from?: string;
  readonly to?: string;
}

/** The findings beyond those that a report names: the file beside it that has them, and their counts. */
export interface FurtherFindings {
  readonly path: string;
  /** SHA-256 of its lines, uncompressed. */
  readonly sha256: string;
  readonly lines: number;
  readonly counts: readonly FindingCount[];
}

/** One chain's result. Times are ISO 8601 UTC; `first` and `last` are the ends of what is proven, null where nothing is. */
export interface ChainReport extends Chain, Partial<ChainDepth> {
  readonly id: string;
  readonly organization?: string;
  readonly digests: DigestTotals;
  readonly logs: Omit<LogTotals, 'unlisted'>;
  readonly families: Readonly<Partial<Record<EventFamily, number>>>;
  readonly covered: readonly Span[];
  readonly first: string | null;
  readonly last: string | null;
}

/** The trust anchors a run relied on. */
export interface KeyReport {
  readonly fingerprint: string;
  readonly region: string | null;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly origin: string;
  /** There for a key that proved nothing, because of where it came from. */
  readonly trusted?: false;
  /** The endpoint that listed it, where that is not AWS's own. */
  readonly endpoint?: string;
  /** The key itself in base64 as AWS lists it (DER), and the SHA-256 (hex) of those bytes. */
  readonly publicKey?: string;
  readonly sha256?: string;
  readonly bits?: number;
  readonly exponent?: number;
  /** Proven digests that name it. */
  readonly usedByDigests?: number;
}

/** `report.json`, schema `trail-verify/report/v1`: the one authoritative result; every other output is rendered from it. */
export interface Report extends ExaminationReport {
  readonly schema: 'trail-verify/report/v1';
  readonly verdict: Verdict;
  readonly tool: ToolRecord;
  readonly run: {
    readonly id: string;
    readonly started: string;
    readonly finished: string;
    /** Endpoints that were used in place of the usual ones, by service; absent where there were none. */
    readonly endpoints?: readonly EndpointRecord[];
  };
  readonly source: {
    readonly target: string;
    readonly kind: string;
    readonly relocated: readonly { from: string; to: string }[];
  };
  readonly window: {
    readonly requested: { readonly from: string | null; readonly to: string };
    /** Time that every standard chain in scope covers, or had not begun to. */
    readonly covered: readonly Span[];
    readonly uncovered: readonly UncoveredSpan[];
    /** The end of the newest digest up to which every standard chain is proven; null where nothing is. */
    readonly verifiedThrough: string | null;
  };
  readonly totals: {
    readonly digests: DigestTotals;
    readonly logs: LogTotals;
    readonly bytes: ByteCount;
  };
  readonly chains: readonly ChainReport[];
  /** In the report's order; of each code the first 20 000 where there are more. */
  readonly findings: readonly Finding[];
  /** All others; absent where there are none. */
  readonly furtherFindings?: FurtherFindings;
  /** What the run was told to accept; absent where nothing. */
  readonly acceptances?: readonly AcceptanceReport[];
  /** What verified log files record that can silence a trail or change its evidence, oldest first; absent where nothing. */
  readonly controlEvents?: readonly ControlEvent[];
  readonly keys: readonly KeyReport[];
  readonly limits: readonly Limit[];
  /** The state of a run that has one: what it read of it and what it left. */
  readonly state?: StateRecord;
  /** The evidence bag that this report belongs to: SHA-256 of its `manifest-sha256.txt`, which names every file of evidence. */
  readonly evidence?: { readonly payloadManifestSha256: string };
}
