import { type AccessSettings, readAccess } from '../options/common.ts';
import { type Place, parsePlace } from '../options/parse-place.ts';
import { UsageError } from '../options/usage-error.ts';

/** What `doctor --format` takes: what a diagnosis can be rendered to, and nothing. */
export const DOCTOR_FORMATS = [
  'text',
  'json',
  'ndjson',
  'markdown',
  'html',
  'csv',
  'junit',
  'sarif',
  'ocsf',
  'none',
] as const;

/** The options of `doctor` as commander hands them over. */
export interface RawDoctorOptions extends AccessSettings {
  readonly format: (typeof DOCTOR_FORMATS)[number];
  readonly expectEvents?: readonly string[];
  readonly ignore?: readonly string[];
  readonly failOn: 'failed' | 'inconclusive';
  readonly output?: string;
  readonly quiet?: boolean;
}

/** What `doctor` was asked for. */
export interface DoctorSettings {
  readonly place: Exclude<Place, { kind: 'folder' }>;
  readonly format: RawDoctorOptions['format'];
  readonly expected: readonly { readonly type: string; readonly arn?: string }[];
  readonly ignored: readonly string[];
  readonly failOn: RawDoctorOptions['failOn'];
  readonly output: string | undefined;
  readonly quiet: boolean;
  /** The present, in milliseconds since the epoch. */
  readonly now: number;
  readonly access: AccessSettings;
}

/** Checks the arguments and options of `doctor`. Throws UsageError for the first that is wrong. */
export function readDoctorSettings(target: string, raw: RawDoctorOptions, now: number): DoctorSettings {
  const place = parsePlace(target);
  if (place.kind === 'folder') {
    const hint = 'doctor looks at a trail ARN or at s3://bucket[/prefix]';
    throw new UsageError(`target ${JSON.stringify(target)} is not at AWS`, hint);
  }
  return {
    place,
    format: raw.format,
    expected: (raw.expectEvents ?? []).map(readExpected),
    ignored: raw.ignore ?? [],
    failOn: raw.failOn,
    output: raw.output,
    quiet: raw.quiet ?? false,
    now,
    access: readAccess(raw),
  };
}

function readExpected(text: string): { readonly type: string; readonly arn?: string } {
  const [, type, arn] = /^(AWS::[A-Za-z0-9]+::[A-Za-z0-9]+)(?:=(arn:\S+))?$/.exec(text) ?? [];
  if (type === undefined)
    throw new UsageError(
      `--expect-events: ${JSON.stringify(text)} is not a resource type`,
      'for example AWS::S3::Object, or AWS::S3::Object=arn:aws:s3:::bucket/',
    );
  return arn === undefined ? { type } : { type, arn };
}
