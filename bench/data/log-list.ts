import { join } from 'node:path';
import { logBodies } from './log-bodies.ts';
import { madeTrail, type TrailRecipe } from './made-trail.ts';

/** The log files of a folder copy as the list that `limit.c` reads: a path and a SHA-256 in each line. */
export async function logList(recipe: TrailRecipe, folder: string): Promise<string> {
  const { bodies: set, shape } = recipe;
  const bodies = set === undefined ? [] : await logBodies(set);
  const hashes = new Map(bodies.map(({ file, sha256 }) => [file.toString('latin1'), sha256]));
  const trail = await madeTrail(recipe);
  const lines: string[] = [];
  for (const { key } of trail.list('')) {
    const object = key.includes('/CloudTrail/') ? trail.open(key) : undefined;
    if (object === undefined) continue;
    lines.push(`${join(folder, shape.bucket, key)} ${hashes.get(object.bytes.toString('latin1'))}\n`);
  }
  return lines.join('');
}
