/** Written in a message in place of a user and a password. */
const MASK = '***';

/** An address as messages show it: without the user and the password in it. A text that is none, but has an @, may hold them as well. */
export function maskedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.host === '')
    return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, `$1${MASK}@`);
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href.replace('//', `//${MASK}@`);
}
