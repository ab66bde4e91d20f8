/**
 * Whether `text` is what `pattern` says, in which each `*` stands for any characters, none among them, and everything
 * else for itself. Takes no more steps than the product of both lengths, whatever the pattern.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let inPattern = 0;
  let inText = 0;
  /** Where to go on after a mismatch: behind the last `*`, which then stands for one character more. */
  let retry: { readonly pattern: number; text: number } | undefined;
  while (inText < text.length) {
    if (pattern[inPattern] === '*') {
      inPattern += 1;
      retry = { pattern: inPattern, text: inText };
    } else if (inPattern < pattern.length && pattern[inPattern] === text[inText]) {
      inPattern += 1;
      inText += 1;
    } else {
      if (retry === undefined) return false;
      retry.text += 1;
      inPattern = retry.pattern;
      inText = retry.text;
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}
