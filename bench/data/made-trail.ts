import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatSidecar } from '../../src/source/folder/object-file.ts';
import { cachedFolder } from '../scratch.ts';
import { type BodySet, logBodies } from './log-bodies.ts';
import type { TrailShape } from './trail-shape.ts';
import { proveTrail, type TrailProofs, VirtualTrail } from './virtual-trail.ts';

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
  return cachedFolder(`copy-${recipeName(recipe)}`, async (folder) => {
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
      writeFileSync(file, object.bytes);
      const { metadata, lastModified } = object;
      const size = object.bytes.length;
      writeFileSync(`${file}.s3-metadata.json`, formatSidecar({ bucket, key, size, metadata, lastModified }));
    }
  });
}

/** How many digest and log files a trail has. */
export function countsOf({ chains }: TrailShape): { readonly digests: number; readonly logs: number } {
  const sum = (count: (chain: TrailShape['chains'][number]) => number): number =>
    chains.reduce((total, chain) => total + count(chain), 0);
  return { digests: sum(({ hours }) => hours + 1), logs: sum(({ hours, logs }) => hours * logs) };
}

function recipeName(recipe: TrailRecipe): string {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
}
