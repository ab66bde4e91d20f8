import type { RenderFormat } from '../../render/rendering.ts';
import type { FailOn } from '../io/exit-code.ts';
import {
  type AccessSettings,
  type KeyTrustSettings,
  readAccess,
  readCount,
  readScope,
  readWindow,
  type ScopeSettings,
  type WindowSettings,
} from '../options/common.ts';
import { type LayoutSettings, type RawLayoutOptions, readLayout } from '../options/layout.ts';
import {
  normalizePrefix,
  type Place,
  parsePlace,
  parseRelocation,
  parseS3Place,
  parseTrailArn,
} from '../options/parse-place.ts';
import { parseTime } from '../options/parse-time.ts';
import { type RawSigningOptions, readSigning, type SigningSettings } from '../options/signing.ts';
import { type RawStateOptions, readStateSettings, type StateSettings } from '../options/state.ts';
import { UsageError } from '../options/usage-error.ts';
import { type BagSettings, type RawBagOptions, readBag } from './bag-options.ts';
import { type RawRecordOptions, type RecordSettings, readRecord } from './record-options.ts';
import { readAlso } from './report-render-options.ts';

/** What standard output carries. */
export type Format = 'text' | 'json' | 'ndjson' | 'markdown' | 'none';

/** Everything that `verify` was asked for, checked but not yet opened. Times are milliseconds since the epoch. */
export interface VerifySettings extends WindowSettings, ScopeSettings, KeyTrustSettings {
  readonly place: Place;
  /** How the folder is to be read, where the place is one. */
  readonly layout: LayoutSettings;
  /** The trail meant (--trail-arn, or an ARN as target); its name and account narrow the scope. */
  readonly trail: (Place & { readonly kind: 'trail' }) | undefined;
  /** --s3-prefix without a bucket: the prefix to use in place of the one that the trail's description gives. */
  readonly prefix: string | undefined;
  readonly expectFile: string | undefined;
  readonly acceptFile: string | undefined;
  readonly keyFiles: readonly string[];
  readonly relocated: readonly { readonly from: string; readonly to: string }[];
  readonly access: AccessSettings;
  readonly concurrency: number | undefined;
  /** Threads that hash log files, 0 for none but the main thread; undefined for as many as there are processors. */
  readonly workers: number | undefined;
  readonly maxRate: number | undefined;
  readonly logs: boolean;
  readonly unlisted: boolean;
  readonly output: string | undefined;
  readonly format: Format;
  /** Renderings to write beside report.json. */
  readonly also: readonly RenderFormat[];
  readonly signing: SigningSettings;
  readonly record: RecordSettings;
  /** The evidence bag to make of the output folder; undefined for none. */
  readonly bag: BagSettings | undefined;
  /** The state that the run remembers by; undefined for none. */
  readonly state: StateSettings | undefined;
  /** The file for Prometheus's textfile collector; undefined for none. */
  readonly metrics: string | undefined;
  readonly failOn: FailOn;
  /** The clock that --now stops; undefined for the machine's. */
  readonly now: number | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly progress: boolean | undefined;
  readonly color: boolean;
}

/** The options of `verify` as commander hands them over. */
export interface RawVerifyOptions
  extends RawSigningOptions,
    RawLayoutOptions,
    RawBagOptions,
    RawRecordOptions,
    RawStateOptions {
  readonly from?: string;
  readonly to?: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly account?: readonly string[];
  readonly accountId?: readonly string[];
  readonly region?: readonly string[];
  readonly trail?: readonly string[];
  readonly expect?: string;
  readonly accept?: string;
  readonly keys?: readonly string[];
  readonly trustEndpointKeys?: boolean;
  readonly relocated?: readonly string[];
  readonly s3Bucket?: string;
  readonly s3Prefix?: string;
  readonly trailArn?: string;
  readonly endpointUrl?: string;
  readonly profile?: string;
  readonly roleArn?: string;
  readonly concurrency?: string;
  readonly workers?: string;
  readonly maxRate?: string;
  readonly logs: boolean;
  readonly unlisted: boolean;
  readonly output?: string;
  readonly format: Format;
  readonly also?: string;
  readonly metrics?: string;
  readonly failOn: FailOn;
  readonly now?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly progress?: boolean;
  readonly color: boolean;
}

/** Checks the options of `verify`, relative to the machine's time `machineTime`. Throws UsageError for the first that is wrong. */
export function readVerifySettings(
  target: string | undefined,
  raw: RawVerifyOptions,
  machineTime: number,
): VerifySettings {
  const now = raw.now === undefined ? undefined : parseTime(raw.now, '--now', machineTime);
  const trail = raw.trailArn === undefined ? undefined : parseTrailArn(raw.trailArn, '--trail-arn');
  // First of all, for a target that one of these swallowed is best named there.
  const scope = readScope(raw);
  const place = readPlace(target, raw, trail);
  const bag = readBag(raw);
  const state = readStateSettings(raw, now ?? machineTime);
  if (bag !== undefined && state !== undefined) {
    throw new UsageError(
      '--state and an evidence bag contradict each other',
      'a bag must hold what its verdict rests on, and a checkpoint is no evidence: make the bag without --state',
    );
  }
  if (raw.quiet === true && raw.verbose === true) {
    throw new UsageError('--quiet and --verbose contradict each other', 'give one of them, or neither');
  }
  return {
    place,
    layout: readLayout(raw, place.kind === 'folder'),
    trail: trail ?? (place.kind === 'trail' ? place : undefined),
    prefix: place.kind === 'trail' && raw.s3Prefix !== undefined ? normalizePrefix(raw.s3Prefix) : undefined,
    ...readWindow(raw, now ?? machineTime),
    ...scope,
    expectFile: raw.expect,
    acceptFile: raw.accept,
    keyFiles: raw.keys ?? [],
    trustEndpointKeys: raw.trustEndpointKeys ?? false,
    relocated: (raw.relocated ?? []).map(parseRelocation),
    access: readAccess(raw),
    concurrency: readCount(raw.concurrency, '--concurrency', 1, 4096),
    workers: readCount(raw.workers, '--workers', 0, 1024),
    maxRate: readCount(raw.maxRate, '--max-rate', 1, 1_000_000),
    logs: raw.logs,
    unlisted: raw.unlisted,
    output: raw.output,
    format: raw.format,
    also: readAlso(raw.also),
    signing: readSigning(raw),
    record: readRecord(raw),
    bag,
    state,
    metrics: raw.metrics,
    failOn: raw.failOn,
    now,
    quiet: raw.quiet ?? false,
    verbose: raw.verbose ?? false,
    progress: raw.progress,
    color: raw.color,
  };
}

function readPlace(
  target: string | undefined,
  raw: RawVerifyOptions,
  trail: (Place & { readonly kind: 'trail' }) | undefined,
): Place {
  if (target !== undefined) {
    if (raw.s3Bucket !== undefined) {
      throw new UsageError('a target and --s3-bucket both say where to look', 'give one of them');
    }
    const place = parsePlace(target);
    if (place.kind === 'trail' && trail !== undefined) {
      throw new UsageError('the target is a trail ARN, and --trail-arn names one too', 'give one of them');
    }
    if (place.kind !== 'trail' && raw.s3Prefix !== undefined) {
      throw new UsageError(
        '--s3-prefix has no --s3-bucket',
        'write the prefix into the target: s3://bucket/prefix',
      );
    }
    return place;
  }
  if (raw.s3Bucket !== undefined) {
    const { bucket, prefix } = parseS3Place(raw.s3Bucket, '--s3-bucket');
    return { kind: 's3', bucket, prefix: prefix + normalizePrefix(raw.s3Prefix ?? '') };
  }
  if (trail !== undefined) return trail;
  throw new UsageError(
    'no target was given',
    'give s3://bucket[/prefix], a trail ARN or a folder, before options that take several values',
  );
}
