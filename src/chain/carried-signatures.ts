import type { ObjectRef } from '../source/source.ts';
import type { Link } from './digest-link.ts';
import { placeOf } from './digest-queue.ts';

/** Places, and signatures of one place, that are kept: anybody may put files that claim to be successors into a copy. */
const MOST_PLACES = 1_000;
const MOST_OF_ONE = 16;

/**
 * The signatures that unproven digests carry of their predecessors. In a copy without metadata they are what proves those; other
 * files may stand between the two, and claim the same.
 */
export class CarriedSignatures {
  readonly #byPlace = new Map<string, string[]>();

  /** Notes what a digest that is not proven carries, and gives its link back. */
  note(link: Link | undefined): Link | undefined {
    if (link === undefined || link.successor !== undefined) return link;
    const place = placeOf(link.ref);
    const signatures = this.#byPlace.get(place) ?? [];
    if (signatures.length < MOST_OF_ONE) signatures.push(link.signature);
    if (this.#byPlace.size >= MOST_PLACES) this.#byPlace.clear();
    this.#byPlace.set(place, signatures);
    return link;
  }

  /** What was carried of the digest at that place, which is asked for once. */
  take(ref: ObjectRef): readonly string[] {
    const place = placeOf(ref);
    const signatures = this.#byPlace.get(place) ?? [];
    this.#byPlace.delete(place);
    return signatures;
  }
}
