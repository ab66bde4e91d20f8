/**
 * The `s3://` name of an object as a URI that any reader takes (RFC 3986): every byte of the UTF-8 key that is not
 * unreserved is percent-encoded. Readers resolve segments of dots, encoded or not, but S3 keys are no paths: the
 * slash beside such a segment is encoded, so that it is none.
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
