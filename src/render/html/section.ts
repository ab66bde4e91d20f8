import { type Content, element, LINE_END, type Markup, together } from './markup.ts';

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
