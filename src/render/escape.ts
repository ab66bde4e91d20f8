/**
 * Everything a report names - keys, trail names, a storage's own words - was written by somebody else and may
 * hold anything. These functions make such text harmless for the place it is shown in, and keep it exact: two
 * different texts never look alike.
 */

/**
 * What must never reach a terminal as it is: control characters (ANSI sequences begin with one), format
 * characters (bidirectional overrides, zero-width marks), characters that show as nothing or as a line break,
 * private and unassigned ones, lone surrogates, and spaces that are not the space.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** `text` on one line with every character that a terminal acts on or hides as `\u{…}`, and `\` as `\\`. */
export function escapeTerminal(text: string): string {
  return text.replaceAll('\\', '\\\\').replace(UNSAFE, visible);
}

function visible(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  const point = character.codePointAt(0) ?? 0;
  return `\\u{${point.toString(16).padStart(4, '0')}}`;
}

/** Every ASCII mark but `-` and `/` may be Markdown, HTML, a mention or a link to some reader. */
const MARKDOWN_MARK = /[!-,.:-@[-`{-~]/g;

/**
 * `text` for any place in Markdown: every mark becomes an HTML entity, which CommonMark never reads as
 * structure (CommonMark 0.31, section 2.5), and what a terminal hides becomes visible.
 */
export function escapeMarkdown(text: string): string {
  return escapeTerminal(text).replace(MARKDOWN_MARK, (mark) => `&#${mark.charCodeAt(0)};`);
}

/** `text` as a code span that also holds inside a table: no character of it ends the span, the cell or the line. */
export function markdownCode(text: string): string {
  return `<code>${escapeMarkdown(text)}</code>`;
}
