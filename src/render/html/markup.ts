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

/** A section of the page under a heading of its own, which its landmark is called by. */
export function section(id: string, heading: string, ...contents: readonly Content[]): Markup {
  const headingId = `${id}-heading`;
  return element(
    'section',
    { id, 'aria-labelledby': headingId },
    element('h2', { id: headingId }, heading),
    contents,
  );
}

/** A name and what it is; undefined is left out. */
export type Fact = readonly [name: string, value: Content] | undefined;

/** Facts as a list of names and values. */
export function factsList(facts: readonly Fact[]): Markup {
  return element(
    'dl',
    {},
    facts.map((fact) => fact && [LINE_END, element('dt', {}, fact[0]), element('dd', {}, fact[1])]),
  );
}

/** A table that scrolls on a narrow screen; each column has a name and perhaps a class. */
export function table(
  caption: string,
  columns: readonly (readonly [string, string?])[],
  rows: Content,
): Markup {
  const heads = columns.map(([name, kind]) => element('th', { scope: 'col', class: kind }, name));
  return element(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': caption },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, element('tr', {}, heads)),
      element('tbody', {}, rows),
    ),
  );
}

/** One cell of a table. */
export function cell(content: Content, kind?: string): Markup {
  return element('td', { class: kind }, content);
}

/** Commands to type, each on a line of its own, or what they print. */
export function commands(...lines: readonly string[]): Markup {
  return element('pre', {}, element('code', {}, together(lines.map((line) => [line, LINE_END]))));
}
