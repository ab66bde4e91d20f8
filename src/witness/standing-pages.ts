/** Pages of a witness that come one after the other and bring nothing older: what is said of them while they go on. */
import type { StandingPages } from './contract.ts';

/** So many in a row are worth a word. */
const WORTH_A_WORD = 20;

/** A place that is asked about. */
type AskedAbout = Pick<StandingPages, 'account' | 'region'>;

/** The pages in a row of the questions that are under way to one witness. */
export class StandingQuestions {
  readonly #witness: string;
  readonly #pages = new Map<AskedAbout, number>();

  /** `witness` is what a sentence calls it. */
  constructor(witness: string) {
    this.#witness = witness;
  }

  /** Takes note of the pages in a row of a question; 0 where it is over. */
  note(place: AskedAbout, pages: number): void {
    if (pages === 0) this.#pages.delete(place);
    else this.#pages.set(place, pages);
  }

  /** The place with the most of them; undefined where there are few. */
  get longest(): StandingPages | undefined {
    let longest: StandingPages | undefined;
    for (const [{ account, region }, pages] of this.#pages)
      if (pages >= (longest === undefined ? WORTH_A_WORD : longest.pages + 1))
        longest = { witness: this.#witness, account, region, pages };
    return longest;
  }
}
