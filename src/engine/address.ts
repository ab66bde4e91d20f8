/** What a run on an engine is named by: the address of a store of jobs, Redis or PostgreSQL, and the name of a plan. */

/** A store by its address. */
export interface StoreAddress {
  readonly kind: 'redis' | 'postgres';
  /** As it was given: it may hold a password, which is shown nowhere. */
  readonly url: string;
  /** For messages: host, port and database alone. */
  readonly shown: string;
}

const KINDS: Readonly<Record<string, StoreAddress['kind']>> = {
  'redis:': 'redis',
  'rediss:': 'redis',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
};

/** The store that a text names; undefined where it names none. */
export function readStoreAddress(text: string): StoreAddress | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const kind = KINDS[url?.protocol ?? ''];
  if (url === undefined || kind === undefined || url.hostname === '') return undefined;
  // As the drivers take them apart: what they cannot read ends in an error of theirs, with the password in it.
  if (![url.username, url.password, url.pathname].every(isEncoded)) return undefined;
  if (kind === 'redis' && !/^(?:\/\d{0,5})?$/.test(url.pathname)) return undefined;
  return { kind, url: text, shown: withoutSecrets(url) };
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** A password may be before the host and among the parameters: neither is shown. */
function withoutSecrets({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** The name of a plan: one segment of a path and nothing else, because it comes from the store and is joined to a place. */
export const PLAN_NAME: RegExp = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?$/;
