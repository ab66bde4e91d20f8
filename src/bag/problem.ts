/** One thing wrong with a bag: a violation shows that it was changed or contradicts itself, what is unproven shows neither. */
export interface BagProblem {
  readonly weight: 'violation' | 'unproven';
  /** In words, not yet escaped for any output. */
  readonly text: string;
}

/** A bag's files as they are read to be checked; see `bagFolder`. */
export interface BagFolderReader {
  list(): Promise<readonly { readonly path: string; readonly kind: 'file' | 'other' }[]>;
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  hash(path: string): Promise<{ readonly sha256: string; readonly size: number } | undefined>;
  pieces(path: string): AsyncIterable<Uint8Array>;
}

/** A problem that refuses the bag. */
export function refusal(text: string): BagProblem {
  return { weight: 'violation', text };
}

/** A problem that leaves the bag unproven. */
export function unprovenProblem(text: string): BagProblem {
  return { weight: 'unproven', text };
}
