/**
 * S3 lists keys "in UTF-8 binary order" (API reference, ListObjectsV2). JavaScript compares UTF-16 code units,
 * which differs only where a surrogate pair (U+10000 and above) meets a character of U+E000 to U+FFFF.
 */

/** Compares two keys as S3 orders them: below 0 where `left` comes first, 0 where they are the same. */
export function compareKeys(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at += 1) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return byteRank(a) - byteRank(b);
  }
  return left.length - right.length;
}

/** Moves the surrogates behind the rest of the code units, where their UTF-8 bytes would be. */
function byteRank(codeUnit: number): number {
  if (codeUnit < 0xd800) return codeUnit;
  return codeUnit <= 0xdfff ? codeUnit + 0x2000 : codeUnit - 0x800;
}
