/** What every command asks that verifies a target: where it is, what of it is checked, by which keys, and how fast. */
import { isAccessPoint } from '../../base/names.ts';
import {
  type AccessSettings,
  accessOptions,
  type KeyTrustSettings,
  keyTrustOption,
  type PaceSettings,
  paceOptions,
} from './access.ts';
import { type AnyCommand, countParser, FILES_RULE, fileListParser, UsageError } from './common.ts';
import {
  type AccessPoint,
  type LayoutSettings,
  layoutOptions,
  normalizePrefix,
  type Place,
  parsePlace,
  parseS3Place,
  parseTrailArn,
  placeOfAccessPoint,
  relocatedOption,
} from './place.ts';
import { type ScopeSettings, scopeOptions, type WindowSettings, windowOptions } from './window.ts';

/** The target that is verified, and how. */
export interface TargetSettings extends WindowSettings, ScopeSettings, PaceSettings, KeyTrustSettings {
  readonly place: Place;
  /** How the folder is to be read, where the place is one. */
  readonly layout: LayoutSettings;
  /** The trail meant (--trail-arn, or an ARN as target); its name and account narrow the scope. */
  readonly trail: (Place & { readonly kind: 'trail' }) | undefined;
  /** --s3-prefix without a bucket: the prefix to use in place of the one that the trail's description gives. */
  readonly prefix: string | undefined;
  readonly expectFile: string | undefined;
  readonly keyFiles: readonly string[];
  readonly relocated: readonly { readonly from: string; readonly to: string }[];
  readonly access: AccessSettings;
  /** Threads that hash log files, 0 for none but the main thread; undefined for as many as there are processors. */
  readonly workers: number | undefined;
  readonly logs: boolean;
  readonly unlisted: boolean;
  /** The clock that --now stops; undefined for the machine's. */
  readonly now: number | undefined;
}

/** Reads what was declared. Each throws UsageError for what cannot be meant together; the present is in milliseconds since the epoch. */
export interface TargetReader {
  read(target: string | undefined, now: number): Omit<TargetSettings, 'now'>;
  /** The window and the access alone, for a command that can do without a target. */
  window(now: number): WindowSettings;
  access(): AccessSettings;
  /** How a folder is to be read, for a command that reads one without verifying it. */
  layout(): LayoutSettings;
}

/** Declares the options of a target; without `expects`, none for what must be there. */
export function targetOptions(
  command: AnyCommand,
  { expects = true }: { readonly expects?: boolean } = {},
): TargetReader {
  command.optionsGroup('What is checked:');
  const readTarget = placeOptions(command);
  const readWindow = windowOptions(command, { aliases: true });
  const readChecks = checksOptions(command, expects);
  const readKeys = keysOptions(command);
  command.optionsGroup('Where objects are:');
  const readRelocated = relocatedOption(command);
  const readLayout = layoutOptions(command);
  const readAccess = accessOptions(command);
  const readPace = speedOptions(command);
  return {
    read: (target, now) => {
      const checks = { ...readWindow(now), ...readChecks() };
      const relocated = readRelocated();
      const { place: named, ...places } = readTarget(target);
      const layout = readLayout(named.kind === 'folder', named.kind === 'access-point');
      return {
        ...places,
        place: placeOfMoved(named, relocated) ?? placeOfAccessPoint(named, layout.bucket),
        ...checks,
        ...readKeys(),
        ...readPace(),
        layout,
        relocated,
        access: readAccess(),
      };
    },
    window: readWindow,
    access: readAccess,
    layout: () => readLayout(true),
  };
}

/** By which keys a target is read, how AWS is reached, and how fast. */
export interface ReadingSettings extends PaceSettings, KeyTrustSettings {
  readonly keyFiles: readonly string[];
  readonly access: AccessSettings;
  /** As those of a target. */
  readonly workers: number | undefined;
}

/** Declares the options of a command that reads a target which a plan says. */
export function readingOptions(command: AnyCommand): () => ReadingSettings {
  const readKeys = keysOptions(command);
  const readAccess = accessOptions(command);
  const readPace = speedOptions(command);
  return () => ({ ...readKeys(), access: readAccess(), ...readPace() });
}

/** An alias to which --relocated says that another bucket's objects have moved: the user has named the signed bucket so. */
function placeOfMoved(named: Place | AccessPoint, relocated: TargetSettings['relocated']): Place | undefined {
  if (named.kind !== 'access-point') return undefined;
  const { name, prefix } = named;
  const isMoved = relocated.some(({ to }) => to === name || to.startsWith(`${name}/`));
  return isMoved ? { kind: 's3', bucket: name, prefix } : undefined;
}

/** The target to verify, by the options of `aws cloudtrail validate-logs` that can replace it. */
function placeOptions(
  command: AnyCommand,
): (
  target: string | undefined,
) => Pick<TargetSettings, 'trail' | 'prefix'> & { readonly place: Place | AccessPoint } {
  const options = command
    .addOption(
      command
        .createOption('--s3-bucket <bucket>')
        .argParser((text) => parseS3Place(text, '--s3-bucket'))
        .hideHelp(),
    )
    .addOption(command.createOption('--s3-prefix <prefix>').hideHelp())
    .addOption(
      command
        .createOption('--trail-arn <arn>')
        .argParser((text) => parseTrailArn(text, '--trail-arn'))
        .hideHelp(),
    );
  return (target) => {
    const { s3Bucket, s3Prefix, trailArn } = options.opts();
    if (target !== undefined) {
      if (s3Bucket !== undefined)
        throw new UsageError('a target and --s3-bucket both say where to look', 'give one of them');
      const place = parsePlace(target);
      if (place.kind !== 'trail') {
        if (s3Prefix === undefined) return { place, trail: trailArn, prefix: undefined };
        throw new UsageError(
          '--s3-prefix has no --s3-bucket',
          'write the prefix into the target: s3://bucket/prefix',
        );
      }
      if (trailArn !== undefined)
        throw new UsageError('the target is a trail ARN, and --trail-arn names one too', 'give one of them');
      return { place, trail: place, prefix: s3Prefix === undefined ? undefined : normalizePrefix(s3Prefix) };
    }
    if (s3Bucket !== undefined) {
      const { bucket, prefix } = s3Bucket;
      if (isAccessPoint(bucket))
        throw new UsageError('--s3-bucket names an access point', 'give it as the target, with --bucket');
      const place: Place = { kind: 's3', bucket, prefix: prefix + normalizePrefix(s3Prefix ?? '') };
      return { place, trail: trailArn, prefix: undefined };
    }
    if (trailArn !== undefined) {
      const prefix = s3Prefix === undefined ? undefined : normalizePrefix(s3Prefix);
      return { place: trailArn, trail: trailArn, prefix };
    }
    throw new UsageError(
      'no target was given',
      'give s3://bucket[/prefix], a trail ARN or a folder, before options that take several values',
    );
  };
}

function checksOptions(
  command: AnyCommand,
  expects: boolean,
): () => ScopeSettings & Pick<TargetSettings, 'expectFile' | 'logs' | 'unlisted'> {
  const readScope = scopeOptions(command, 'with aliases');
  const readExpect = expects ? expectOption(command) : undefined;
  const options = command
    .option('--no-logs', 'check digests and their links only')
    .option('--no-unlisted', 'do not look for log files that no digest lists');
  return () => {
    const { logs, unlisted } = options.opts();
    return { ...readScope(), expectFile: readExpect?.(), logs, unlisted };
  };
}

/** The option that says what must be there. */
export function expectOption(command: AnyCommand): () => string | undefined {
  const options = command.option(
    '--expect <file>',
    'JSON file of accounts, Regions and trails that must be there',
  );
  return () => options.opts().expect;
}

function keysOptions(command: AnyCommand): () => KeyTrustSettings & Pick<TargetSettings, 'keyFiles'> {
  const options = command
    .optionsGroup('Public keys:')
    .option(
      '--keys <file...>',
      `public keys of CloudTrail, from outside the target (default: ask CloudTrail in each Region; ${FILES_RULE})`,
      fileListParser('--keys'),
    );
  const readTrust = keyTrustOption(command);
  return () => ({ keyFiles: options.opts().keys ?? [], ...readTrust() });
}

function speedOptions(command: AnyCommand): () => PaceSettings & Pick<TargetSettings, 'workers'> {
  command.optionsGroup('Speed:');
  const readPace = paceOptions(command);
  const options = command.option(
    '--workers <n>',
    'threads that inflate and hash log files (default: one a processor; 0: none)',
    countParser('--workers', 0, 1024),
  );
  return () => ({ ...readPace(), workers: options.opts().workers });
}
