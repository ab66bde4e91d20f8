const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Text made safe for XML. Control characters become references, as S3 sends them, though XML 1.0 allows few of
 * them: a client that must read such keys asks for `encoding-type=url`.
 */
export function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be escaped
  return text.replace(/[&<>"\u0000-\u001f\u007f\ufffe\uffff]/g, (character) => {
    return ENTITIES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`;
  });
}

/** `<name>text</name>` with the text escaped. */
export function element(name: string, text: string | number | boolean): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`;
}

/** The text of the first element of that name in a request's XML, entities resolved; undefined where there is none. */
export function elementText(xml: string, name: string): string | undefined {
  const found = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];
  return found
    ?.replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}

/** As S3's `encoding-type=url` writes keys: percent-encoded, slashes kept, a space as `+`. */
export function encodeKey(key: string): string {
  return percentEncode(key).replace(/%2F/g, '/').replace(/%20/g, '+');
}

/** RFC 3986: everything but letters, digits and `-._~` as percent-encoded UTF-8; a lone surrogate becomes U+FFFD. */
export function percentEncode(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
