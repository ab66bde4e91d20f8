import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { HOUR, isoTime } from '../../src/base/clock.ts';
import { formatSidecar } from '../../src/source/folder/object-file.ts';
import { cachedFolder } from '../scratch.ts';
import { type BodySet, logBodies } from './log-bodies.ts';
import { logsOf, type TrailShape, windowEnd } from './trail-shape.ts';
import { bodyOf, proveTrail, type TrailProofs, type VirtualObject, VirtualTrail } from './virtual-trail.ts';

/** A trail by its shape and what its log files hold; `undefined` for one without log files. Plain data. */
export interface TrailRecipe {
  readonly shape: TrailShape;
  readonly bodies: BodySet | undefined;
}

/** The trail of a recipe; what takes long is kept on disk. */
export async function madeTrail({ shape, bodies }: TrailRecipe): Promise<VirtualTrail> {
  const files = bodies === undefined ? [] : await logBodies(bodies);
  const folder = await cachedFolder(`proofs-${recipeName({ shape, bodies })}`, (path) => {
    writeFileSync(join(path, 'proofs.json'), JSON.stringify(proveTrail(shape, files)));
  });
  // Written above by this very file.
  const proofs = JSON.parse(readFileSync(join(folder, 'proofs.json'), 'utf8')) as TrailProofs;
  return new VirtualTrail(shape, proofs, files);
}

/** A folder that mirrors the trail's bucket, with the sidecars that `trail-verify collect` keeps. */
export function trailFolder(recipe: TrailRecipe): Promise<string> {
  return cachedFolder(`copy-${recipeName(recipe)}`, (folder) => writeCopy(recipe, folder));
}

async function writeCopy(recipe: TrailRecipe, folder: string): Promise<void> {
  const trail = await madeTrail(recipe);
  const { bucket } = recipe.shape;
  let made = '';
  for (const { key } of trail.list('')) {
    const object = trail.open(key);
    if (object === undefined) continue;
    const file = join(folder, bucket, key);
    const parent = dirname(file);
    if (parent !== made) mkdirSync(parent, { recursive: true });
    made = parent;
    writeObject(folder, bucket, key, object);
  }
}

function writeObject(folder: string, bucket: string, key: string, object: VirtualObject): void {
  const { bytes, metadata, lastModified } = object;
  const file = join(folder, bucket, key);
  writeFileSync(file, bytes);
  const size = bytes.length;
  writeFileSync(`${file}.s3-metadata.json`, formatSidecar({ bucket, key, size, metadata, lastModified }));
}

/** The name and the count of the events in a planted log file. */
export const PLANTED = {
  eventSource: 'planted.amazonaws.com',
  eventName: 'PlantedCall',
  count: 100,
} as const;

/** Such a folder with one log file more, among the others and named by no digest. */
export function plantedFolder(recipe: TrailRecipe): Promise<string> {
  return cachedFolder(`planted-${recipeName(recipe)}`, async (folder) => {
    await writeCopy(recipe, folder);
    const { bucket, chains } = recipe.shape;
    const [chain] = chains;
    if (chain === undefined) throw new Error('this trail has no chain');
    const time = windowEnd(chain, 1) - HOUR / 2;
    const [first] = logsOf(chain, 'A', 1);
    if (first === undefined) throw new Error('this trail has no log files');
    const { eventSource, eventName, count } = PLANTED;
    const record = { eventVersion: '1.11', eventTime: isoTime(time), eventSource, eventName };
    const content = JSON.stringify({ Records: Array.from({ length: count }, () => record) });
    const key = first.key.replace(/_\w{16}(?=\.json\.gz$)/, '_PLANTED000000000');
    writeObject(folder, bucket, key, { bytes: gzipSync(content), metadata: {}, lastModified: time });
  });
}

/** How many digest and log files a trail has. */
export function countsOf({ chains }: TrailShape): { readonly digests: number; readonly logs: number } {
  const sum = (count: (chain: TrailShape['chains'][number]) => number): number =>
    chains.reduce((total, chain) => total + count(chain), 0);
  return { digests: sum(({ hours }) => hours + 1), logs: sum(({ hours, logs }) => hours * logs) };
}

/** How many events the log files of a mixed set have. */
export async function countEvents({ shape, bodies }: TrailRecipe): Promise<number> {
  const files = bodies === undefined ? [] : await logBodies(bodies);
  let events = 0;
  for (const { hours, logs } of shape.chains)
    for (let hour = 1; hour <= hours; hour += 1)
      for (let index = 0; index < logs; index += 1)
        events += bodyOf(files, { hour, index }).records ?? Number.NaN;
  return events;
}

function recipeName(recipe: TrailRecipe): string {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
}
