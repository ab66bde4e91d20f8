/** The tables of a bag, made of what its builder holds of each object. */

import type { ExaminedDigest, ExaminedLog } from '../chain/list-digests.ts';
import { parseDigestKey, type Relocator } from '../digest/digest-key.ts';
import type { Report } from '../report/report.ts';
import type { DigestRow, LogRow, ResultRow, SignRow } from './rows.ts';

/** What is held of an examined digest and where its file is: all but its bytes. */
export type DigestFacts = Omit<ExaminedDigest, 'stored'> & { readonly file: string };

/** What is held of an examined log file. */
export type LogFacts = Omit<ExaminedLog, 'stored'> & { readonly file: string };

/** The rows of `digests.tsv`: by chain, oldest first, each with its neighbours in the bag. `chains` are those of the report. */
export function digestRows(
  digests: readonly DigestFacts[],
  chains: ReadonlySet<string>,
  relocations: Relocator,
): readonly DigestRow[] {
  const byPlace = new Map(digests.map((facts) => [placeOf(facts.ref), facts]));
  const successors = new Map<string, DigestFacts[]>();
  const previousFile = new Map<DigestFacts, string>();
  for (const facts of digests) {
    if (facts.digest?.previous === undefined) continue;
    const { bucket, key } = facts.digest.previous;
    const previous = byPlace.get(placeOf(relocations.toActual({ bucket, key })));
    if (previous === undefined) continue;
    previousFile.set(facts, previous.file);
    successors.set(previous.file, [...(successors.get(previous.file) ?? []), facts]);
  }
  const sorted = [...digests].sort((a, b) =>
    a.chain === b.chain ? endOf(a) - endOf(b) || (a.file < b.file ? -1 : 1) : a.chain < b.chain ? -1 : 1,
  );
  return sorted.map((facts): DigestRow => {
    const { file, outcome, counted, chain, digest, sha256, provenBy } = facts;
    // A successor that is proven and recorded this content proves it; one that is not only carries its signature.
    const recording = (successors.get(file) ?? []).find(
      (successor) => successor.provenBy !== undefined && successor.digest?.previous?.sha256 === sha256,
    );
    return {
      file,
      outcome,
      counted: counted && chains.has(chain),
      proof: provenBy ?? 'none',
      fingerprint: digest?.fingerprint,
      end: digest?.endTimeText,
      place: digest === undefined ? undefined : placeOf(digest.location),
      sha256,
      previousSignature: digest === undefined ? undefined : (digest.previous?.signature ?? 'null'),
      previousSha256: digest?.previous?.sha256,
      previousFile: previousFile.get(facts),
      successorFile: provenBy === 'successor' ? recording?.file : undefined,
      chain,
    };
  });
}

/** The rows of `logs.tsv`, in the order of the digests that name them. */
export function logRows(
  logs: readonly LogFacts[],
  digests: readonly DigestRow[],
  chains: ReadonlySet<string>,
  fileOf: (digest: LogFacts['digest']) => string | undefined,
): readonly LogRow[] {
  const order = new Map(digests.map(({ file }, at) => [file, at]));
  const rows = logs.flatMap((facts): readonly LogRow[] => {
    const { file, outcome, chain, listed, digest } = facts;
    const digestFile = fileOf(digest);
    if (digestFile === undefined) return [];
    const { bucket, key, sha256 } = listed;
    return [{ file, outcome, counted: chains.has(chain), sha256, digestFile, bucket, key, chain }];
  });
  const rank = ({ digestFile }: LogRow): number => order.get(digestFile) ?? 0;
  return rows.sort((a, b) => rank(a) - rank(b) || (a.file + a.key < b.file + b.key ? -1 : 1));
}

/**
 * The rows of query results as the report counts them. The files of a set are kept while it is read; a run that ended then has not judged
 * the set, and the report lacks it: nothing of it counts as proven. `signFiles` are by their places.
 */
export function countedQueries(
  signFiles: ReadonlyMap<string, SignRow>,
  results: readonly ResultRow[],
  { lake }: Pick<Report, 'lake'>,
): { readonly signRows: readonly SignRow[]; readonly resultRows: readonly ResultRow[] } {
  const sets = new Set(lake?.sets.map(({ uri }) => uri));
  const isCounted = (place: string): boolean =>
    sets.has(`s3://${place.slice(0, place.lastIndexOf('/') + 1)}`);
  const open = new Set<string>();
  const signRows = [...signFiles].map(([place, row]): SignRow => {
    if (isCounted(place)) return row;
    open.add(row.file);
    return { ...row, outcome: 'unproven', isProven: false };
  });
  const resultRows = results.map(
    (row): ResultRow => (open.has(row.signFile) ? { ...row, outcome: 'unproven' } : row),
  );
  return { signRows, resultRows };
}

/** A place as one string, as in signing strings. */
export function placeOf({ bucket, key }: { readonly bucket: string; readonly key: string }): string {
  return `${bucket}/${key}`;
}

function endOf({ digest, ref }: DigestFacts): number {
  return digest?.endTime ?? parseDigestKey(ref.key)?.endTime ?? 0;
}
