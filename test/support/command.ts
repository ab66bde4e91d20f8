import { vi } from 'vitest';
import { runCommandLine } from '../../src/cli/main.ts';
import type { AwsServer, AwsServerOptions } from './aws-server.ts';
import { type FakeTerminal, type FakeTerminalOptions, fakeTerminal } from './fake-terminal.ts';
import { identityFolder } from './signing-identity.ts';
import { TEST_KEYS } from './test-keys.ts';

/** What one run of the command left behind. */
export interface CommandResult {
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
}

/** Runs the command line in this process, on a fake terminal. */
export async function runCommand(
  args: readonly string[],
  options: FakeTerminalOptions = {},
  withTerminal: (terminal: FakeTerminal) => void = () => {},
): Promise<CommandResult> {
  // Reports are signed by default, and answers kept: never in the folders of whoever runs the tests.
  const own = await identityFolder();
  const environment = { XDG_CONFIG_HOME: own, XDG_STATE_HOME: own, ...options.environment };
  const terminal = fakeTerminal({ ...options, environment });
  withTerminal(terminal);
  const exitCode = await runCommandLine(args, terminal);
  return { exitCode, out: terminal.written(), error: terminal.complained() };
}

/** The variables that say how servers are reached. */
export const NETWORK_VARIABLES: readonly string[] = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  'AWS_CA_BUNDLE',
];

/** Shuts out whatever AWS configuration this machine has, and gives credentials unless `without`. */
export function stubAwsEnvironment(without?: 'without credentials'): void {
  const credential = without === undefined ? 'example' : undefined;
  vi.stubEnv('AWS_ACCESS_KEY_ID', credential);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credential);
  for (const name of [
    'AWS_SESSION_TOKEN',
    'AWS_PROFILE',
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_S3',
    'AWS_ENDPOINT_URL_CLOUDTRAIL',
    // A machine's own authorities are a limit of its reports.
    'NODE_EXTRA_CA_CERTS',
    'NODE_OPTIONS',
    ...NETWORK_VARIABLES,
  ])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
}

/** The test keys as the server's ListPublicKeys data. */
export function serverKeys(): NonNullable<AwsServerOptions['publicKeys']> {
  const regions = [...new Set(TEST_KEYS.map((key) => key.region))];
  return Object.fromEntries(
    regions.map((region) => [
      region,
      TEST_KEYS.filter((key) => key.region === region).map(({ fingerprint, value, validFrom, validTo }) => ({
        fingerprint,
        value: Buffer.from(value).toString('base64'),
        validFrom,
        validTo,
      })),
    ]),
  );
}

/** The options that point a command at a test server. */
export function atServer(server: AwsServer): readonly string[] {
  return ['--endpoint-url', server.url];
}

/** As `atServer`, for a command that asks for public keys: those of the test server count. */
export function keysAtServer(server: AwsServer): readonly string[] {
  return [...atServer(server), '--trust-endpoint-keys'];
}
