import type { TrailDescription } from '../aws/trail-description.ts';
import type { Chain } from '../digest/digest-key.ts';
import type { ControlEvent } from '../findings/control-event.ts';
import type {
  Acceptance,
  ByteCount,
  ChainDepth,
  EventFamily,
  Limit,
  QueryResults,
  StateRecord,
} from '../findings/event.ts';
import type { Finding, FindingCode, Outcome, Span, Verdict, Weight } from '../findings/finding.ts';
import type { ClockSkew } from '../source/source.ts';

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
  readonly explainedBy?: readonly string[] | undefined;
  /** The acceptance that accepts the finding of this reason; the time stays uncovered. */
  readonly accepted?: string | undefined;
}

/** One acceptance that a run was given, and what became of it. Only one that is `applied` has a part in the verdict. */
export interface AcceptanceReport extends Acceptance {
  /** `unmatched`: no finding that can be accepted matches it; `expired`: it would match, but its time is over. */
  readonly status: 'applied' | 'unmatched' | 'expired';
  /** Unproven findings that it matches. */
  readonly findings: number;
  /** Violations that it matches: they stay, because a violation cannot be accepted. */
  readonly violations: number;
}

/** How many findings there are of one chain (none for those of no chain), code and weight. */
export interface FindingCount {
  readonly chain?: string | undefined;
  readonly code: FindingCode;
  readonly weight: Weight;
  readonly count: number;
  /** How many of them are accepted. */
  readonly accepted?: number | undefined;
  /** The first and the last of the times that they are about; absent where they name none. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The controls of other frameworks that findings of a code support, by their full names; none of them is satisfied by it. */
export interface ControlsOfCode {
  readonly code: FindingCode;
  readonly supports: readonly string[];
}

/** The findings beyond those that a report names: the companion file that has them, and their counts. */
export interface OverflowFindings {
  readonly path: string;
  /** SHA-256 of its lines, uncompressed. */
  readonly sha256: string;
  readonly lines: number;
  readonly counts: readonly FindingCount[];
}

/** One chain's result. Times are ISO 8601 UTC; `first` and `last` are the ends of what is proven, null where nothing is. */
export interface ChainReport extends Chain, Partial<ChainDepth> {
  readonly id: string;
  readonly organization?: string | undefined;
  readonly digests: DigestTotals;
  readonly logs: Omit<LogTotals, 'unlisted'>;
  readonly families: { readonly [Family in EventFamily]?: number | undefined };
  readonly covered: readonly Span[];
  readonly first: string | null;
  readonly last: string | null;
}

/** Sets of query results by outcome. */
export interface QueryTotals {
  readonly valid: number;
  readonly invalid: number;
  readonly unproven: number;
}

/** Result files by outcome. `listed` are all that sign files list, `unread` those that were there and not to be read. */
export interface QueryFileTotals extends QueryTotals {
  readonly listed: number;
  readonly missing: number;
  readonly unread: number;
  /** In folders of results, and listed by no sign file. */
  readonly unlisted: number;
}

/** What was verified of query results; in a report only where any were found. */
export interface LakeReport {
  readonly method: MethodRecord;
  readonly totals: { readonly sets: QueryTotals; readonly files: QueryFileTotals };
  /** Bytes read, as stored. */
  readonly bytes: number;
  /** In order of their folders. */
  readonly sets: readonly QueryResults[];
}

/** The trust anchors a run relied on. */
export interface KeyReport {
  readonly fingerprint: string;
  readonly region: string | null;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly origin: string;
  /** Present for a key that proved nothing, because of its origin. */
  readonly trusted?: false | undefined;
  /** The endpoint that listed it, where that is not AWS's own. */
  readonly endpoint?: string | undefined;
  /** The key itself in base64 as AWS lists it (DER), and the SHA-256 (hex) of those bytes. */
  readonly publicKey?: string | undefined;
  readonly sha256?: string | undefined;
  readonly bits?: number | undefined;
  readonly exponent?: number | undefined;
  /** Proven digests that name it. */
  readonly usedByDigests?: number | undefined;
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
    readonly endpoints?: readonly EndpointRecord[] | undefined;
  };
  readonly source: {
    readonly target: string;
    readonly kind: string;
    readonly relocated: readonly { from: string; to: string }[];
    /** The parts of buckets (`s3://bucket/prefix/`) that a folder was read as, where it is no copy from the top of its buckets. */
    readonly readAs?: readonly string[] | undefined;
  };
  readonly window: {
    readonly requested: { readonly from: string | null; readonly to: string };
    /** Time that every standard chain in scope covers, or had not begun to; none where the run ended early. */
    readonly covered: readonly Span[];
    readonly uncovered: readonly UncoveredSpan[];
    /** The end of the newest digest up to which every standard chain is proven; null where nothing is, or the run ended early. */
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
  readonly overflowFindings?: OverflowFindings | undefined;
  /** The controls that its findings support, by code; absent where it has none, and in reports of earlier versions. */
  readonly controls?: readonly ControlsOfCode[] | undefined;
  /** The acceptances that the run was given; absent where there are none. */
  readonly acceptances?: readonly AcceptanceReport[] | undefined;
  /** What verified log files record that can silence a trail or change its evidence, oldest first; absent where nothing. */
  readonly controlEvents?: readonly ControlEvent[] | undefined;
  /** The query results of CloudTrail Lake that were verified; absent where none were found. */
  readonly lake?: LakeReport | undefined;
  readonly keys: readonly KeyReport[];
  readonly limits: readonly Limit[];
  /** The state of a run that has one: the checkpoint that it read, and the one that it wrote. */
  readonly state?: StateRecord | undefined;
  /** The evidence bag that this report belongs to: SHA-256 of its `manifest-sha256.txt`, which names every file of evidence. */
  readonly evidence?: { readonly payloadManifestSha256: string } | undefined;
}

/**
 * What a report says of its own making: who examined what, with which tool, by which method, at which clock. Every
 * field is plain data that the caller of the library hands in, or follows from the run itself.
 */

/** The AWS identity that a run read with, as STS GetCallerIdentity names it. */
export interface AwsCaller {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  /** The id of the request that STS answered: AWS's own log of it can be asked for by this. */
  readonly requestId?: string | undefined;
}

/** The machine, and where it is one of continuous integration, the job. Fields are null where they are not known. */
export interface HostRecord {
  readonly name: string;
  readonly ci: {
    readonly provider: string;
    readonly runUrl: string | null;
    readonly commit: string | null;
  } | null;
}

/** Who examined: the names are as they were given, and nobody checked them. */
export interface ExaminerRecord {
  readonly operator: string | null;
  readonly organisation: string | null;
  /** 'offline' where AWS was not asked for anything; null where it did not answer. */
  readonly awsCaller: AwsCaller | 'offline' | null;
  readonly host: HostRecord | null;
}

/** A file that a run was given, with the SHA-256 (hex) of its bytes. */
export interface InputFile {
  readonly role: 'keys' | 'expect' | 'accept' | 'config' | 'plan' | 'shard-signer';
  readonly name: string;
  readonly sha256: string;
}

/** An endpoint that took the place of the usual one of a service, where it was set, and whether it is one of AWS's own. */
export interface EndpointRecord {
  readonly service: 'account' | 'cloudtrail' | 'kms' | 'organizations' | 's3' | 'sts';
  /** Without user and password. */
  readonly url: string;
  readonly source: 'option' | 'environment' | 'profile';
  readonly aws: boolean;
}

/** Who is to sign the report. The signature is outside the report; a signature of another certificate is refused. */
export interface SigningRecord {
  /** The subject of the signer's certificate, and the SHA-256 (hex) of that certificate in DER. */
  readonly subject: string;
  readonly certificateSha256: string;
  readonly algorithm: 'rsa-pkcs1-sha256' | 'rsa-pss-sha256' | 'ecdsa-sha256';
  /** True for a key that trail-verify made itself for a user of this machine: nobody confirms its name. */
  readonly localIdentity: boolean;
  readonly timestampRequested: boolean;
}

/** Facts of a run that only its caller knows; all of them go into the report as they are. */
export interface ExaminationFacts {
  /** The case or matter that the report belongs to. */
  readonly caseRef?: string | undefined;
  /** The id of the report that this one replaces. */
  readonly supersedes?: string | undefined;
  /** SHA-256 over the tool's own files (see `ToolRecord`), null where it runs from its sources. */
  readonly buildDigest?: string | null | undefined;
  /** The versions of the packages in use. */
  readonly dependencies?: Readonly<Record<string, string>> | undefined;
  readonly examiner?: ExaminerRecord | undefined;
  /** The command's arguments, without secrets. */
  readonly arguments?: readonly string[] | undefined;
  readonly files?: readonly InputFile[] | undefined;
  /** Whether the time is the machine's or was given. */
  readonly clock?: 'machine' | 'given' | undefined;
  /** How long the run has lasted, in milliseconds, by a clock that nobody can set; asked when it ends. */
  readonly elapsed?: (() => number) | undefined;
  /** The endpoints that were set and asked; asked for when the run ends. */
  readonly endpoints?: (() => readonly EndpointRecord[]) | undefined;
  readonly trail?: TrailDescription | undefined;
  /** Null for a report that is not to be signed. */
  readonly signing?: SigningRecord | null | undefined;
}

/** The tool: its version, its platform, and whether it computes correctly. */
export interface ToolRecord {
  readonly name: 'trail-verify';
  readonly version: string;
  readonly node: string;
  /** SHA-256 of the list that `find . -type f | LC_ALL=C sort | xargs sha256sum` prints in the folder `dist/command`. */
  readonly buildDigest?: string | null | undefined;
  readonly openssl?: string | undefined;
  readonly platform?: string | undefined;
  readonly dependencies?: Readonly<Record<string, string>> | undefined;
  /** Known answers, genuine AWS signatures among them, that were computed again before the run. */
  readonly selfTest?: { readonly vectors: number; readonly passed: boolean } | undefined;
}

/** The clock of the run; `skew` is how far it is ahead of the clock of S3, null where S3 was not asked. */
export interface ClockRecord {
  readonly source: 'machine' | 'given';
  readonly skew: ClockSkew | null;
  /** How long the run lasted by a clock that nobody can set: it differs from started to finished where the clock was. */
  readonly elapsedMilliseconds?: number | undefined;
}

/** What the report is about, in words and in the words of the options; null where everything found was meant. */
export interface ScopeRecord {
  readonly statement: string;
  readonly accounts: readonly string[] | null;
  readonly regions: readonly string[] | null;
  readonly trails: readonly string[] | null;
  /** Whether log files were compared with their digests, and log folders searched for files that no digest lists. */
  readonly checks?: { readonly logs: boolean; readonly unlisted: boolean } | undefined;
}

/** The method that led to the result. */
export interface MethodRecord {
  readonly id: string;
  readonly reference: string;
  readonly steps: readonly string[];
}

/** AWS's description of the trail, and the SHA-256 (hex) of `description` as JSON without white space. */
export interface TrailRecord {
  readonly description: TrailDescription;
  readonly sha256: string;
}

/** The Merkle tree over the inventory of every object that was checked. */
export interface ObjectsReport {
  readonly merkle: {
    readonly algorithm: 'rfc9162-sha256';
    readonly size: number;
    readonly root: string;
    readonly leaf: string;
    readonly order: string;
  };
  /** The companion file of the report; `sha256` is that of its lines, uncompressed. */
  readonly inventory: { readonly path: string; readonly sha256: string; readonly lines: number };
}

/** The result in one sentence, and the findings by their weight. */
export interface ConclusionRecord {
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly counts: {
    readonly findings: Readonly<Record<Weight, number>>;
    readonly digests: Readonly<Record<Outcome, number>>;
    readonly logs: Readonly<Record<Outcome, number>>;
    /** Sets of query results, there where some were verified. */
    readonly queryResults?: QueryTotals | undefined;
    /** Unproven findings that were accepted, there where some were. */
    readonly accepted?: number | undefined;
  };
}

/** The fields of a report that this room adds to it; absent in a report of a caller that gave nothing. */
export interface ExaminationReport {
  readonly title?: string | undefined;
  /** The language of its sentences (RFC 5646). */
  readonly language?: string | undefined;
  readonly reportId?: string | undefined;
  readonly caseRef?: string | undefined;
  readonly supersedes?: string | undefined;
  readonly conclusion?: ConclusionRecord | undefined;
  readonly examiner?: ExaminerRecord | undefined;
  readonly clock?: ClockRecord | undefined;
  readonly inputs?:
    | { readonly arguments: readonly string[]; readonly files: readonly InputFile[] }
    | undefined;
  readonly scope?: ScopeRecord | undefined;
  readonly method?: MethodRecord | undefined;
  readonly trail?: TrailRecord | undefined;
  readonly objects?: ObjectsReport | undefined;
  readonly signing?: SigningRecord | null | undefined;
}
