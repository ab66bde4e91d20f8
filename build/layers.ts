/**
 * Which files a start loads. esbuild makes a chunk for each set of entries that share files, some hundred small ones, and each
 * costs a start as much as 10 KB of code. So what a run needs at once is put together: layer upon layer, whatever else
 * needs a part of one is made to count as needing it whole.
 */
import type { Metafile } from 'esbuild';

/** Entries, the next of which is loaded only by a process that has the ones before: help and options; a run; a run over S3. */
const LAYERS = ['src/cli/main.ts', 'src/cli/commands/verify.ts', 'src/source/s3/s3-source.ts'] as const;

/** By entry the layers that it needs a part of, and all below them. `metafile` is that of a bundle made without layers. */
export function layersOf({ inputs, outputs }: Metafile): ReadonlyMap<string, readonly string[]> {
  const kept = new Set<string>();
  const entries: string[] = [];
  for (const output of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
      if (bytesInOutput > 0) kept.add(file);
    }
    if (output.entryPoint !== undefined) entries.push(output.entryPoint);
  }
  /** What comes with a file, whether it is asked for or not. */
  const needs = (from: string): ReadonlySet<string> => {
    const found = new Set([from]);
    for (const file of found) {
      for (const { path, kind } of inputs[file]?.imports ?? [])
        if (kind !== 'dynamic-import') found.add(path);
    }
    // Files that only pass names on are in no chunk.
    return new Set([...found].filter((file) => kept.has(file)));
  };
  const layers = LAYERS.map(needs);
  const layerOf = (file: string): number => layers.findIndex((layer) => layer.has(file));
  const found = new Map<string, readonly string[]>();
  for (const entry of entries) {
    // CommonJS cannot be added to, and what there is of it stands alone: undici's pool.
    if (inputs[entry]?.format !== 'esm') continue;
    const highest = Math.max(...[...needs(entry)].map(layerOf));
    const below = LAYERS.slice(0, highest + 1).filter((layer) => layer !== entry);
    if (below.length > 0) found.set(entry, below);
  }
  return found;
}
