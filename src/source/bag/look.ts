/** Whether a folder may be an evidence bag, apart from what reads one: most folders are none. */
import { join } from 'node:path';
import { inspect, openRoot } from '../folder/lookup.ts';

/** The file that says what a bag is. */
export const BAG_SUMMARY = 'data/meta/bag.json';

/** Whether a folder looks like an evidence bag: it has `bagit.txt` and `data/meta/bag.json`. Anybody may have put them there. */
export async function looksLikeBag(path: string): Promise<boolean> {
  const root = await openRoot(path).catch(() => undefined);
  if (root === undefined) return false;
  const kinds = await Promise.all(
    ['bagit.txt', BAG_SUMMARY].map((file) => inspect(root, join(root.path, file)).catch(() => undefined)),
  );
  return kinds.every((place) => place?.kind === 'file');
}
