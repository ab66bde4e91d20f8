import type { ConfiguredEndpoint } from '../../aws/credentials.ts';
import type { EndpointRecord } from '../../report/report.ts';

/** The endpoints that the sessions of one run asked in place of the usual ones. */
export interface EndpointRegister {
  readonly note: (endpoint: ConfiguredEndpoint) => void;
  /** Each once, by service. */
  readonly all: () => readonly EndpointRecord[];
}

/** An empty register. */
export function endpointRegister(): EndpointRegister {
  const noted = new Map<string, EndpointRecord>();
  return {
    note: ({ service, url, source, aws }) => {
      // The names are those of EndpointRecord in capitals.
      const name = service.toLowerCase() as EndpointRecord['service'];
      const shown = withoutSecrets(url);
      noted.set(`${name} ${shown}`, { service: name, url: shown, source, aws });
    },
    all: () => [...noted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record),
  };
}

/** The URL without user, password and parameters, which may hold secrets. */
function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return url.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1');
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
