import { escapeMarkup } from '../escape.ts';

/** Text that is markup already. Only the functions here make it, so a name from storage cannot become a tag. */
export interface Markup {
  readonly markup: string;
}

/** What stands in an element: plain strings are escaped, markup is taken as it is, undefined and false leave nothing. */
export type Content = Markup | string | undefined | false | readonly Content[];

type Attributes = Readonly<Record<string, string | number | true | undefined>>;

/** Elements of HTML that have no end. */
const VOID: ReadonlySet<string> = new Set(['meta', 'input']);

/**
 * One element of HTML, SVG or XML. Attributes that are undefined are left out, `true` stands alone; names are
 * the program's own, values and contents are anybody's.
 */
export function element(name: string, attributes: Attributes = {}, ...contents: readonly Content[]): Markup {
  let tag = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    tag += value === true ? ` ${key}` : ` ${key}="${escapeMarkup(String(value))}"`;
  }
  return { markup: VOID.has(name) ? `${tag}>` : `${tag}>${together(contents).markup}</${name}>` };
}

/** Contents one after the other, without an element of their own. */
export function together(contents: Content): Markup {
  const parts: string[] = [];
  collect(contents, parts);
  return { markup: parts.join('') };
}

function collect(content: Content, parts: string[]): void {
  if (content === undefined || content === false) return;
  if (typeof content === 'string') parts.push(escapeMarkup(content));
  else if ('markup' in content) parts.push(content.markup);
  else for (const part of content) collect(part, parts);
}

/** The program's own text as markup: a style sheet, a script, a line end. Never for anything that was read. */
export function trusted(markup: string): Markup {
  return { markup };
}

/** A line end between elements, so that the source can be read and compared by lines. */
export const LINE_END: Markup = trusted('\n');
