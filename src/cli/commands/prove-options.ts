import { type AccessSettings, readAccess } from '../options/common.ts';
import { type LayoutSettings, type RawLayoutOptions, readLayout } from '../options/layout.ts';
import { UsageError } from '../options/usage-error.ts';

/** One object of S3. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

/** The options of `prove` as commander hands them over. */
export interface RawProveOptions extends AccessSettings, RawLayoutOptions {
  readonly report: string;
  readonly inventory?: string;
  readonly source?: string;
  readonly event?: string;
  readonly log?: string;
  readonly withoutLog?: boolean;
  readonly output?: string;
  readonly verbose?: boolean;
}

/** What `prove` was asked for. */
export interface ProveSettings {
  /** The object, or the file that holds a log file as it is stored. */
  readonly subject: ObjectPlace | { readonly file: string };
  readonly eventId: string | undefined;
  /** Whether the whole log file of an event goes into the proof. */
  readonly withLog: boolean;
  readonly reportFile: string;
  /** Undefined for the one beside the report. */
  readonly inventoryFile: string | undefined;
  /** The copy or bag that the objects are read from; undefined for where the report found them. */
  readonly source: string | undefined;
  /** How that folder is to be read. */
  readonly layout: LayoutSettings;
  readonly output: string | undefined;
  /** Whether the stack of an error is printed. */
  readonly verbose: boolean;
  readonly access: AccessSettings;
}

const EXAMPLE = 'for example s3://my-trail-bucket/AWSLogs/111122223333/CloudTrail/…json.gz';

/** An event's id as CloudTrail makes it; others need --event. */
const EVENT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Checks the options of `prove`. Throws UsageError for the first that is wrong. */
export function readProveSettings(subject: string | undefined, raw: RawProveOptions): ProveSettings {
  const isEvent = subject !== undefined && EVENT_ID.test(subject);
  if (isEvent && raw.event !== undefined)
    throw new UsageError('two events are named', 'one proof is of one event: give its id once');
  const eventId = isEvent ? subject : raw.event;
  const object = isEvent ? undefined : subject;
  if (eventId === '') throw new UsageError('--event is empty', 'give the eventID of the event');
  if (eventId === undefined && raw.log !== undefined)
    throw new UsageError('--log has no event', 'name the object itself, or add --event <id>');
  if (eventId !== undefined && (object === undefined) === (raw.log === undefined))
    throw new UsageError('an event needs its log file, once', 'name it with --log <file or s3 URI>');
  if (eventId === undefined && raw.withoutLog === true)
    throw new UsageError('--without-log is of use with an event only', 'leave it out');
  const name = raw.log ?? object;
  if (name === undefined)
    throw new UsageError('nothing to prove was named', `give an object, ${EXAMPLE}, or an event and --log`);
  return {
    subject: readSubject(name, raw.log !== undefined),
    eventId,
    withLog: raw.withoutLog !== true,
    reportFile: raw.report,
    inventoryFile: raw.inventory,
    source: raw.source,
    // Without --source it is the report's target, which may be a folder.
    layout: readLayout(raw, true),
    output: raw.output,
    verbose: raw.verbose === true,
    access: readAccess(raw),
  };
}

function readSubject(name: string, mayBeFile: boolean): ProveSettings['subject'] {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/is.exec(name) ?? [];
  if (bucket !== undefined && key !== undefined) return { bucket, key };
  if (mayBeFile && !/^s3:/i.test(name) && name !== '') return { file: name };
  throw new UsageError(`${JSON.stringify(name)} names no object of S3`, EXAMPLE);
}
