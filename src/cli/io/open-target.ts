import { tlsLimits } from '../../aws/network/endpoint-limits.ts';
import { type AwsSession, openAwsSession } from '../../aws/session.ts';
import type { TrailDescription } from '../../aws/trail-description.ts';
import { fixedClock, isoTime, systemClock } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { type Scope, trailExpectations } from '../../chain/expectations.ts';
import { placeProver } from '../../chain/folders-without-digests.ts';
import type { Expectation } from '../../chain/list-digests.ts';
import { fixedKeyRing, liveKeyRing } from '../../crypto/key-rings.ts';
import type { KeyRing, PublicKey } from '../../crypto/public-key.ts';
import { type Relocation, relocator } from '../../digest/digest-key.ts';
import type { Limit } from '../../findings/event.ts';
import type { BagSource } from '../../source/bag/bag-source.ts';
import { looksLikeBag } from '../../source/bag/look.ts';
import { type FolderSource, openFolder } from '../../source/folder/folder-source.ts';
import type { Source } from '../../source/source.ts';
import { limitRate, readThrough } from '../../source/wrappers.ts';
import type { DescribeQuery, Target } from '../../verify-options.ts';
import type { AccessSettings } from '../options/access.ts';
import type { LayoutSettings, Place } from '../options/place.ts';
import type { TargetSettings } from '../options/target.ts';
import type { WindowSettings } from '../options/window.ts';

/** The opened target of a run: the source of its objects, the scope, the expected deliveries, and the keys. */
export interface OpenedTarget {
  readonly source: Source;
  readonly targets: readonly Target[];
  readonly scope: Scope;
  readonly expectations: readonly Expectation[];
  readonly keyRing: KeyRing;
  readonly limits: readonly Limit[];
  /** CloudTrail's description of the trail, where one is named. */
  readonly trail: TrailDescription | undefined;
  /** Asks about queries whose results are in a bucket: a copy may be of an account that nobody here can ask. */
  readonly describeQuery: DescribeQuery | undefined;
  /** Undefined where AWS is asked for nothing. */
  readonly session: AwsSession | undefined;
}

/**
 * Opens the target of `verify`. `keys` are those of --keys; where there are none CloudTrail itself is asked, never a file that
 * is in the target. Throws TrailVerifyError where the place or the trail cannot be found.
 */
export async function openTarget(
  settings: TargetSettings,
  keys: readonly PublicKey[],
): Promise<OpenedTarget> {
  const { place, maxRate } = settings;
  const session = openSession(settings.access, settings.concurrency);
  const clock = settings.now === undefined ? systemClock : fixedClock(settings.now);
  const keyRing =
    keys.length > 0
      ? fixedKeyRing(keys)
      : liveKeyRing(
          async (region, from, to) => {
            const { listPublicKeys } = await import('../../aws/keys.ts');
            return listPublicKeys(session, region, from, to);
          },
          clock,
          settings,
        );
  const trail = await describeTarget(settings, session);
  const limits: Limit[] = [...trail.limits];
  // Keys and trail are AWS's word, and only as good as the connection.
  if (keys.length === 0 || settings.trail !== undefined) {
    const { authorities } = await session.network();
    limits.push(...tlsLimits(authorities, keys.length > 0));
  }
  let source: Source;
  let targets: readonly Target[];
  if (place.kind === 'folder') {
    const folder = await openLocal(place.path, settings.layout, { keyRing, relocated: settings.relocated });
    limits.push(...checkCopyWindow(folder, place.path, settings));
    if (folder.kind === 'bag') limits.push(OF_A_BAG);
    source = folder;
    targets = folder.targets;
  } else {
    targets = [placeOf(settings, trail.description)];
    const { openS3 } = await import('../../source/s3/s3-source.ts');
    const opened = openS3(session, targets.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`).join(' '));
    source = throughAccessPoint(opened, place, settings.access);
    if (place.kind === 's3' && place.accessPoint !== undefined)
      limits.push(ofAccessPoint(place.accessPoint, place.bucket));
  }
  return {
    source: maxRate === undefined ? source : limitRate(source, maxRate),
    targets,
    scope: scopeOf(settings, trail.description),
    expectations: trail.description === undefined ? [] : trailExpectations(trail.description),
    keyRing,
    limits,
    trail: trail.description,
    describeQuery:
      place.kind === 'folder'
        ? undefined
        : async (region, id) => {
            const { describeLakeQuery } = await import('../../aws/lake-query.ts');
            return describeLakeQuery(session, region, id);
          },
    session: place.kind === 'folder' && keys.length > 0 && settings.trail === undefined ? undefined : session,
  };
}

/** The source of a place: through the access point, where one is named. Throws CONFIGURATION for an ARN at another endpoint than AWS's. */
export function throughAccessPoint(source: Source, place: Place, access: AccessSettings): Source {
  if (place.kind !== 's3' || place.accessPoint === undefined) return source;
  const { bucket, accessPoint } = place;
  if (access.endpointUrl !== undefined && accessPoint.startsWith('arn:'))
    throw new TrailVerifyError('CONFIGURATION', `access point ${accessPoint} has no name at --endpoint-url`, {
      hint: 'give its alias, s3://name-…-s3alias, or leave out --endpoint-url',
    });
  return readThrough(source, { bucket, accessPoint });
}

/** Nothing that is read through an access point shows whose bucket it is. */
function ofAccessPoint(accessPoint: string, bucket: string): Limit {
  const text = `Objects were read through the access point ${accessPoint}. That it leads to the bucket ${bucket} is the word of the person who ran this, by --bucket. The bucket's rules of retention cannot be seen through it.`;
  return { code: 'ACCESS_POINT', text };
}

/** The facts that a bag cannot show again. */
const OF_A_BAG: Limit = {
  code: 'EVIDENCE_BAG',
  text: 'The target is an evidence bag: it holds the objects that an earlier run had read. Objects that the run did not read are neither found nor missed again.',
};

/** Connections that a session may open beyond those that read objects: listings, keys, other services. */
const SPARE_CONNECTIONS = 64;
/** As many as a run without --concurrency may come to have, and those. */
const DEFAULT_CONNECTIONS = 256 + SPARE_CONNECTIONS;

/** Access to AWS with enough connections for `concurrency` reads at once. */
export function openSession(access: AccessSettings, concurrency: number | undefined): AwsSession {
  const wanted = (concurrency ?? 0) + SPARE_CONNECTIONS;
  return openAwsSession({ ...access, connections: Math.max(DEFAULT_CONNECTIONS, wanted) });
}

/** CloudTrail's description of the trail, where one is named. Where there is another target, its refusal is a limit only. */
async function describeTarget(
  { place, trail }: TargetSettings,
  session: AwsSession,
): Promise<{ description?: TrailDescription | undefined; limits: readonly Limit[] }> {
  if (trail === undefined) return { limits: [] };
  const { describeTrail } = await import('../../aws/trail.ts');
  const { endpointLimits } = await import('../../aws/network/endpoint-limits.ts');
  try {
    const description = await describeTrail(trail.arn, session);
    return { description, limits: [...description.limits, ...(await endpointLimits(session))] };
  } catch (error) {
    if (place.kind === 'trail' || !(error instanceof TrailVerifyError)) throw error;
    const text = `The trail ${trail.arn} could not be described, so its expected deliveries are not known: ${error.message}`;
    return { limits: [{ code: 'TRAIL_NOT_DESCRIBED', text }] };
  }
}

function placeOf(settings: TargetSettings, description: TrailDescription | undefined): Target {
  const { place, prefix, relocated } = settings;
  if (place.kind === 's3') return { bucket: place.bucket, prefix: place.prefix };
  if (description === undefined)
    throw new TrailVerifyError('INTERNAL', 'a target has neither bucket nor trail');
  const signed = { bucket: description.bucket, key: prefix ?? description.prefix };
  const { bucket, key } = relocator(relocated).toActual(signed);
  return { bucket, prefix: key };
}

/** The scope of the options; a named trail narrows it to itself, and to its account unless it is an organization's. */
function scopeOf(settings: TargetSettings, description: TrailDescription | undefined): Scope {
  const { accounts, regions, trail } = settings;
  const names = settings.trails.length > 0 || trail === undefined ? settings.trails : [trail.name];
  const ofTrail = trail === undefined || description?.organizationTrail === true ? [] : [trail.account];
  const chosen = accounts.length > 0 ? accounts : ofTrail;
  return {
    accounts: chosen.length === 0 ? undefined : chosen,
    regions: regions.length === 0 ? undefined : regions,
    trails: names.length === 0 ? undefined : names,
    homeRegion: settings.trails.length > 0 ? undefined : trail?.homeRegion,
  };
}

/** The proofs for a folder's digests: keys, and declared moves. */
export interface ReadingProof {
  readonly keyRing: KeyRing;
  readonly relocated: readonly Relocation[];
}

/**
 * Opens a folder of this machine as the user says, or as its proven digests show. It is read as an evidence bag only where that
 * is said. Throws CONFIGURATION, naming the options that choose, where it can be read in two ways.
 */
export async function openLocal(
  path: string,
  { layout, bucket, copyOf }: LayoutSettings,
  proof: ReadingProof | undefined,
): Promise<BagSource | FolderSource> {
  if (layout === 'bag') {
    const { openBag } = await import('../../source/bag/bag-source.ts');
    const bag = await openBag(path);
    if (bag !== undefined) return bag;
    throw new TrailVerifyError('TARGET_NOT_FOUND', `folder ${path} is no evidence bag`, {
      hint: 'give the folder that trail-verify verify --bag wrote, unpacked',
    });
  }
  if (layout === undefined && copyOf === undefined && (await looksLikeBag(path))) {
    throw new TrailVerifyError(
      'CONFIGURATION',
      `folder ${path} can be read in two ways: as an evidence bag, and as the copy of a bucket that holds bagit.txt`,
      {
        hint: 'choose one: --layout bag, or --layout sync (--layout collect for a folder of buckets)',
      },
    );
  }
  return openFolder(path, {
    layout,
    bucket,
    copyOf,
    prove: proof && placeProver(proof.keyRing, relocator(proof.relocated)),
  });
}

/** Accounts, Regions and trails that a limit names. */
const MOST_NAMED = 10;

/**
 * The note of a collected copy about itself, compared with the window asked for. An attacker who changed the copy could have
 * changed the note, so it never narrows the window by itself. A copy of a limited time needs the user's own --from
 * (CONFIGURATION, with the options to give). Returns the limits that the report must give of the copy.
 */
export function checkCopyWindow(
  { collected }: Pick<FolderSource, 'collected'>,
  path: string,
  { from, to }: WindowSettings,
): readonly Limit[] {
  if (collected === undefined) return [];
  const { window, scope, complete } = collected;
  const limits: Limit[] = [];
  if (!complete) {
    const text = `The copy in ${path} was not finished: objects that it lacks may still be in the bucket. Run collect again.`;
    limits.push({ code: 'COPY_INCOMPLETE', text });
  }
  const names = [...(scope?.accounts ?? []), ...(scope?.regions ?? []), ...(scope?.trails ?? [])];
  if (names.length > 0) {
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
    const text = `The copy in ${path} was limited to ${names.slice(0, MOST_NAMED).join(', ')}${more}: accounts, Regions and trails outside of that were never copied.`;
    limits.push({ code: 'COPY_SCOPE', text });
  }
  const begin = window.from === null ? Number.NaN : Date.parse(window.from);
  if (Number.isNaN(begin)) return limits;
  const made = `from ${isoTime(begin)}${endOf(window.to)}`;
  if (from === undefined) {
    throw new TrailVerifyError('CONFIGURATION', `folder ${path} is a copy of a limited time, ${made}`, {
      hint: `give that window yourself if it is the one you mean: ${optionsOf(begin, window.to, to)}`,
    });
  }
  if (from < begin) {
    const text = `The copy in ${path} was made for the time ${made}: objects missing before that may never have been copied.`;
    limits.push({ code: 'COPY_WINDOW', text });
  }
  return limits;
}

function endOf(end: string | null): string {
  const time = end === null ? Number.NaN : Date.parse(end);
  return Number.isNaN(time) ? '' : ` to ${isoTime(time)}`;
}

function optionsOf(begin: number, end: string | null, to: number | undefined): string {
  const time = end === null ? Number.NaN : Date.parse(end);
  const until = Number.isNaN(time) || to !== undefined ? '' : ` --to ${isoTime(time)}`;
  return `--from ${isoTime(begin)}${until}`;
}
