/** Sources that end a run at a moment of their own choice: at the nth question, whatever it is about. */
import type { Source } from '../../src/source/source.ts';

/** The chosen question, counted from 1, and what happens when its answer is there. What `end` throws is the answer then. */
export interface StoppingSource {
  readonly at: number;
  readonly end: () => void;
}

/** The same source, which calls `end` at one question; and how many were asked so far. Pages of a listing are one question each. */
export function stoppingSource(
  source: Source,
  { at, end }: StoppingSource,
): { readonly source: Source; readonly asked: () => number } {
  let asked = 0;
  const ask = async <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
    asked += 1;
    const isIt = asked === at;
    const answer = await question();
    if (isIt) end();
    return answer;
  };
  async function* pages<Page>(listing: AsyncIterable<Page>): AsyncGenerator<Page> {
    const iterator = listing[Symbol.asyncIterator]();
    for (;;) {
      const next = await ask(() => iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  }
  const { level, hashed, versions, listVersions, versionFolders, retention } = source;
  return {
    source: {
      ...source,
      list: (request) => pages(source.list(request)),
      folders: (bucket, prefix, most) => ask(() => source.folders(bucket, prefix, most)),
      open: (ref, options) => ask(() => source.open(ref, options)),
      level: level && ((bucket, prefix, most) => ask(() => level(bucket, prefix, most))),
      hashed: hashed && ((ref) => ask(() => hashed(ref))),
      versions: versions && ((ref) => ask(() => versions(ref))),
      listVersions: listVersions && ((request) => pages(listVersions(request))),
      versionFolders:
        versionFolders && ((bucket, prefix, most) => ask(() => versionFolders(bucket, prefix, most))),
      retention: retention && ((bucket) => ask(() => retention(bucket))),
    },
    asked: () => asked,
  };
}
