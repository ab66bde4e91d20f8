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

/**
 * `text` with every character that a terminal acts on or hides as `\u{…}`; for sentences whose names are quoted as JSON already,
 * so that their backslashes are unambiguous.
 */
export function escapeHidden(text: string): string {
  return text.replace(UNSAFE, visible);
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
 * A text that is no Markdown to any reader: words with the marks of a sentence, of a time, a size or a path. A number with a dot
 * at its begin would be a list, a colon may begin an emoji or an address, and `www.` is one.
 */
const PLAIN_PROSE =
  /^(?!\d+[.)])(?!.*www\.)[a-z0-9](?:[a-z0-9 ,.;/()%'-]|:(?= |\d\d(?!\d))|(?<=[a-z0-9])_(?=[a-z0-9]))*$/i;
/** A word behind another one that begins nothing: an opening bracket or quote, and what `PLAIN_PROSE` has within a sentence. */
const PLAIN_WORD =
  /^(?!.*www\.)[('-]?(?:[a-z0-9](?:[a-z0-9,.;/()%'-]|:(?=$|\d\d(?!\d))|(?<=[a-z0-9])[_=](?=[a-z0-9]))*)?$/i;
/** What begins no list at the begin of a line. */
const PLAIN_BEGIN = /^(?!\d+[.)])[a-z0-9]/i;
/** The id of a chain, and the marks of a sentence behind it. */
const CHAIN_ID = /^(\d{12}\/[a-z0-9-]+\/[\w.-]+@[a-z0-9-]+(?:\/o-[a-z0-9]+)?(?:\/backfill)?)([,.;)]*)$/;
/** A name that is shown in a code span as it is, in a table too. No reader looks for mentions and addresses in one. */
const PLAIN_CODE = /^[A-Za-z0-9._/:,()%=+@-](?:[A-Za-z0-9 ._/:,()%=+@-]*[A-Za-z0-9._/:,()%=+@-])?$/;

/**
 * `text` for any place in Markdown but a code span: plain words stand as they are, so that they can be read raw, and ids of chains are code spans.
 * In any other word every mark becomes an HTML entity, which CommonMark never reads as structure (CommonMark 0.31, section 2.5).
 * What a terminal hides becomes visible.
 */
export function escapeMarkdown(text: string): string {
  if (PLAIN_PROSE.test(text)) return text;
  let isFirst = true;
  return escapeTerminal(text)
    .split(' ')
    .map((word) => {
      if (word === '') return word;
      const begins = isFirst;
      isFirst = false;
      if (PLAIN_WORD.test(word) && (!begins || PLAIN_BEGIN.test(word))) return word;
      const [, id, marks = ''] = CHAIN_ID.exec(word) ?? [];
      const safe = inEntities(word);
      // At the begin of a line a dash would begin a list.
      if (id === undefined) return begins && safe.startsWith('-') ? `&#45;${safe.slice(1)}` : safe;
      return `\`${id}\`${marks}`;
    })
    .join(' ');
}

function inEntities(escaped: string): string {
  return escaped.replace(MARKDOWN_MARK, (mark) => `&#${mark.charCodeAt(0)};`);
}

/** `text` as a code span that also holds inside a table: no character of it ends the span, the cell or the line. */
export function markdownCode(text: string): string {
  if (PLAIN_CODE.test(text)) return `\`${text}\``;
  return `<code>${inEntities(escapeTerminal(text))}</code>`;
}

/**
 * What a reader that takes plain text for Markdown may make something of: code, emphasis, HTML, entities, mentions, numbers of
 * issues, formulas, addresses. An underscore within a word, of which keys are full, is none, nor is the `:` of `s3://`.
 */
const MESSAGE_MARK =
  /[`*<>&~@#$|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<=https?|ftp|mailto|xmpp):|(?<=www)\./giu;

/**
 * `text` for the message of a SARIF result or notification, which viewers show as text, as Markdown or in HTML: nothing of it
 * is a mark, and braces and brackets are no placeholder and no link (SARIF 2.1.0, sections 3.11.5 and 3.11.6).
 */
export function sarifMessage(text: string): string {
  return escapeTerminal(text)
    .replace(MESSAGE_MARK, visible)
    .replace(/[{}]/g, '$&$&')
    .replace(/[[\]]/g, '\\$&');
}

/** `text` for a string of SARIF that is no message, and so has no escape of its own: brackets become visible as other marks do. */
export function sarifText(text: string): string {
  return escapeTerminal(text).replace(MESSAGE_MARK, visible).replace(/[[\]]/g, visible);
}

/** What begins a tag, an entity or an attribute's end in HTML, SVG or XML; `=` and the backtick for old readers. */
const MARKUP_MARK = /[&<>"'`=]/g;

/**
 * `text` for the content of an element and for a quoted attribute, in HTML, SVG and XML 1.0 alike: marks become
 * numeric entities, and what XML does not allow or a screen would hide becomes visible.
 */
export function escapeMarkup(text: string): string {
  return escapeTerminal(text).replace(MARKUP_MARK, (mark) => `&#${mark.charCodeAt(0)};`);
}

/** A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection"); `'` keeps the mark below unambiguous. */
const FORMULA_START = /^ *[=+\-@'\t\r\uff1d\uff0b\uff0d\uff20]/;
/** Where lists are parted by `;`, a spreadsheet begins a new cell there, whatever the quotes say; prose may go on. */
const CELL_BREAK = /;(?! [A-Za-z0-9])/g;

/**
 * `text` as one quoted cell of a CSV file (RFC 4180) that no spreadsheet computes: `'` comes before every text that
 * would begin a formula, and no character in it ends the cell or the line.
 */
export function csvCell(text: string): string {
  const safe = escapeTerminal(text).replace(CELL_BREAK, '\\u{003b}');
  return `"${FORMULA_START.test(safe) ? "'" : ''}${safe.replaceAll('"', '""')}"`;
}

/**
 * The `s3://` name of an object as a URI that any reader takes (RFC 3986): every byte of the UTF-8 key that is not
 * unreserved is percent-encoded. Readers resolve segments of dots, encoded or not, but S3 keys are no paths: the
 * slash next to such a segment is encoded, so that it separates nothing.
 */
export function encodedUri(uri: string): string {
  const scheme = /^s3:\/\//.exec(uri)?.[0] ?? '';
  const segments = uri.slice(scheme.length).split('/');
  const last = segments.length - 1;
  return segments.reduce((before, segment, index) => {
    if (index === 0) return before + encodeSegment(segment);
    // The first slash ends the bucket's name; no key begins with a segment before it.
    const joined = index > 1 && (isDots(segments[index - 1]) || (index === last && isDots(segment)));
    return `${before}${joined ? '%2F' : '/'}${encodeSegment(segment)}`;
  }, scheme);
}

/**
 * The name of an object as a relative path that any reader takes for one: `s3/bucket/key` for `s3://bucket/key`, percent-encoded as
 * `encodedUri` does it, `aws/arn…` for an ARN, and `file/…` for a path of this machine. It leads nowhere above its first folder.
 */
export function relativeUri(uri: string): string {
  const [, scheme, rest = uri] = /^([a-z][a-z0-9]*):\/\/(.*)$/s.exec(uri) ?? [];
  const first = scheme ?? (uri.startsWith('arn:') ? 'aws' : 'file');
  const path = `${first}/${rest.replace(/^\/+|\/+$/g, '')}`;
  return encodedUri(`s3://${path}`).slice('s3://'.length);
}

function isDots(segment: string | undefined): boolean {
  return segment === '.' || segment === '..';
}

function encodeSegment(segment: string): string {
  let encoded = '';
  for (const byte of Buffer.from(segment, 'utf8')) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9._~-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
