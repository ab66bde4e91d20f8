import { type Level, type ListedObject, MOST_LEVEL_OBJECTS, type Source } from '../source/source.ts';

/** Behind every key that begins with a folder's: keys are ordered by their bytes, and no character has higher ones. */
const BEHIND = '\u{10ffff}';

/**
 * What lies directly below `prefix`: by the source's own `level`, or else by its flat listing, begun anew behind each
 * folder. It may end once there are more than `most` folders. Throws what the source's listing throws.
 */
export async function levelOf(
  source: Source,
  bucket: string,
  prefix: string,
  most: number = Number.POSITIVE_INFINITY,
): Promise<Level> {
  if (source.level !== undefined) return source.level(bucket, prefix, most);
  const folders: string[] = [];
  const objects: ListedObject[] = [];
  let further = 0;
  let folder: string | undefined;
  const take = (object: ListedObject): void => {
    const end = object.key.indexOf('/', prefix.length);
    if (end >= 0) {
      folder = object.key.slice(0, end + 1);
      folders.push(folder);
    } else if (objects.length < MOST_LEVEL_OBJECTS) objects.push(object);
    else further += 1;
  };
  let isDone = false;
  while (!isDone && folders.length <= most) {
    isDone = true;
    const after = folder === undefined ? {} : { startAfter: folder + BEHIND };
    for await (const page of source.list({ bucket, prefix, ...after })) {
      for (const object of page) if (folder === undefined || !object.key.startsWith(folder)) take(object);
      if (folder !== undefined && page.at(-1)?.key.startsWith(folder) === true) {
        isDone = false;
        break;
      }
    }
  }
  return { folders, objects, further };
}
