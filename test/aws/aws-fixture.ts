import { afterEach, beforeEach, vi } from 'vitest';
import { type AwsSession, type AwsSettings, openAwsSession } from '../../src/aws/session.ts';
import type { ListedObject, ListRequest, Source } from '../../src/source/source.ts';
import { type AwsServer, type AwsServerOptions, startAwsServer } from '../support/aws-server.ts';
import { NETWORK_VARIABLES } from '../support/command.ts';

/** A server that is closed after each test, and an environment that no machine's own AWS settings leak into. */
export function useAws(): { start(options?: AwsServerOptions): Promise<AwsServer> } {
  const running: AwsServer[] = [];
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    for (const name of [
      'AWS_PROFILE',
      'AWS_REGION',
      'AWS_DEFAULT_REGION',
      'AWS_SESSION_TOKEN',
      'AWS_ENDPOINT_URL',
      ...NETWORK_VARIABLES,
    ]) {
      vi.stubEnv(name, undefined);
    }
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await Promise.all(running.splice(0).map((server) => server.close()));
  });
  return {
    start: async (options) => {
      const server = await startAwsServer(options);
      running.push(server);
      return server;
    },
  };
}

/** A session with that server. */
export function sessionWith(server: AwsServer, settings: AwsSettings = {}): AwsSession {
  return openAwsSession({ endpointUrl: server.url, ...settings });
}

/** Every row of a listing. */
export async function listAll(source: Source, request: ListRequest): Promise<ListedObject[]> {
  const rows: ListedObject[] = [];
  for await (const page of source.list(request)) rows.push(...page);
  return rows;
}

/** Every key of a listing. */
export async function keysOf(source: Source, request: ListRequest): Promise<string[]> {
  return (await listAll(source, request)).map(({ key }) => key);
}

/** Keys that file systems, XML, URLs and naive code get wrong. */
export const ODD_KEYS: readonly string[] = [
  'a',
  'a b+c%20d.json.gz',
  'a&lt;<tag attr="x">\'.json.gz',
  'a/',
  'a/b',
  'a/b/c',
  'a.b',
  'a-b',
  'ä/ö/ü/日本語.json.gz',
  'emoji/\u{1f600}',
  'emoji/\u{ff21}',
  'double//slash',
  '/leading',
  'dots/../up',
  'dots/./here',
  '../../outside',
  'trailing/dot.',
  'tab\tand\nnewline',
  'back\\slash',
  'percent/%_escaped',
  'percent/%_%2E',
  'percent/%41',
  'question?mark#hash',
  'file.s3-metadata.json',
  'file',
  `long/${'x'.repeat(300)}`,
  `long/${'x'.repeat(245)}`,
  `long/${'é'.repeat(200)}/${'y'.repeat(400)}`,
  'tilde/%~',
];
