/**
 * A text as one word of a command line that somebody pastes into a shell of the POSIX kind: as it is, or in single quotes, where
 * nothing is expanded. Names of a target are its writer's.
 *
 *     copies/2026-11           $(id)  ->  '$(id)'
 */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : shellQuoted(text);
}

/** A text in single quotes of a POSIX shell. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
