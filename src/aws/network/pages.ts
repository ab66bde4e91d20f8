/**
 * Pages of an answer, one after the other, from a service that may be anybody's: its tokens and lists are of any type, and its pages may
 * never end. So nothing of a page is held on to but a hash of its token.
 */
import { createHash } from 'node:crypto';

/** For an answer that is not one of the service's own. */
export const NOT_UNDERSTOOD = 'its answer cannot be understood';

/** Why a page was not given, in words, and what may help. */
export interface PageRefusal {
  readonly refusal: string;
  readonly hint?: string | undefined;
}

/** A page as it was given. */
export interface Page<Row> {
  /** The rows of what was asked for. */
  readonly rows: readonly Row[];
  /** Whether the page itself had none, not even of what was not asked for. */
  readonly isEmpty: boolean;
  /** What leads on, of any type; undefined or null on the last page. */
  readonly token: unknown;
}

/**
 * Characters of a token. GetQueryResults has 1000 at most; of LookupEvents and FilterLogEvents AWS names no bound (API references).
 */
const LONGEST_TOKEN = 64 * 1024;

/** What a service may do before it is refused. */
export interface PageBounds {
  /** Pages in a row without a row of what was asked for. */
  readonly mostEmpty: number;
  /** How often in a row an empty page may lead back to itself. Other tokens must be new. */
  readonly mostRepeats: number;
}

/**
 * Asks for page after page; the first has no token. `onPage` takes the rows of each page before the next is asked for. Returns undefined
 * where all pages were given, otherwise why not. Throws only what `ask` and `onPage` throw.
 */
export async function readPages<Row>(
  ask: (token: string | undefined) => Promise<Page<Row> | PageRefusal>,
  onPage: (rows: readonly Row[]) => Promise<void>,
  { mostEmpty, mostRepeats }: PageBounds,
): Promise<PageRefusal | undefined> {
  const tokens = new Set<string>();
  let asked: string | undefined;
  let empty = 0;
  let repeats = 0;
  for (;;) {
    const page = await ask(asked);
    if ('refusal' in page) return page;
    const { rows, isEmpty, token } = page;
    await onPage(rows);
    if (token === undefined || token === null) return undefined;
    if (typeof token !== 'string' || token === '') return { refusal: NOT_UNDERSTOOD };
    if (token.length > LONGEST_TOKEN)
      return { refusal: `${NOT_UNDERSTOOD}: its token for the next page has ${token.length} characters` };
    const name = createHash('sha256').update(token).digest('base64');
    repeats = token === asked && isEmpty ? repeats + 1 : 0;
    if (tokens.has(name) && (repeats === 0 || repeats > mostRepeats))
      return { refusal: 'it gave the same page again' };
    empty = rows.length === 0 ? empty + 1 : 0;
    if (empty >= mostEmpty) return { refusal: 'it gave empty pages without an end' };
    tokens.add(name);
    asked = token;
  }
}
