/** Suggestions for a name that is not known: those that differ from it by few letters. */

/** At most so many are named: more are no help. */
const MOST_SUGGESTIONS = 3;
/** Longer names are not compared: the work grows with the square of the length. */
const LONGEST_NAME = 100;

/** The known names that are closest to a name; none where all are far from it. */
export function suggestionsFor(name: string, known: readonly string[]): readonly string[] {
  if (name.length > LONGEST_NAME) return [];
  const wanted = name.toLowerCase();
  const near = known
    .map((candidate) => ({ candidate, distance: distanceOf(wanted, candidate.toLowerCase()) }))
    // A name of two letters is near to every other.
    .filter(({ candidate, distance }) => distance < candidate.length)
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 3))
    .toSorted((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  return near
    .filter(({ distance }) => distance <= 1 || distance === near[0]?.distance)
    .slice(0, MOST_SUGGESTIONS)
    .map(({ candidate }) => candidate);
}

/** The hint of an error about an unknown name: what it may have been, or `otherwise`, which is all that are known. */
export function suggestionHint(
  name: string,
  known: readonly string[],
  otherwise: string = `known: ${known.join(', ')}`,
): string {
  const close = suggestionsFor(name, known);
  return close.length === 0 ? otherwise : `did you mean ${close.join(' or ')}?`;
}

/** How many letters are to be put in, taken out or changed; a part of the other is a distance of 1. */
function distanceOf(a: string, b: string): number {
  if (a.length > 2 && b.includes(a)) return 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
