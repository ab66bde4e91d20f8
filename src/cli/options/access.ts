import type { ConfiguredEndpoint, MfaCode } from '../../aws/credentials.ts';
import { type AnyCommand, countParser, httpParser, UsageError } from './common.ts';
import { parseArn } from './place.ts';

/** How AWS is reached. */
export interface AccessSettings {
  readonly profile?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly endpointUrl?: string | undefined;
  /** Whether every request to S3 says that the caller pays for it. */
  readonly requestPayer?: boolean | undefined;
  /** Asks for the code of an MFA device. */
  readonly mfaCode?: MfaCode | undefined;
  /** Ends requests of all services but S3 that are in flight, and refuses those that would follow. */
  readonly signal?: AbortSignal | undefined;
  /** Is called with each service that is asked at an endpoint that was set. */
  readonly onEndpoint?: ((endpoint: ConfiguredEndpoint) => void) | undefined;
}

/** How many requests are made at once, and how fast; undefined for as many as there may be. */
export interface PaceSettings {
  readonly concurrency: number | undefined;
  readonly maxRate: number | undefined;
}

/** The keys that a command trusts which asks for public keys. */
export interface KeyTrustSettings {
  /** Whether keys count that come from an endpoint which is not AWS's own. */
  readonly trustEndpointKeys: boolean;
}

/** The options that say how AWS is reached, for a command that reads buckets. */
export function accessOptions(command: AnyCommand): () => AccessSettings {
  const readAccess = accessWithoutS3(command);
  const options = command.option('--request-payer', 'pay for the requests to a bucket with Requester Pays');
  return () => ({ ...readAccess(), requestPayer: options.opts().requestPayer });
}

/** The same for a command that asks S3 for nothing. */
export function accessWithoutS3(command: AnyCommand): () => AccessSettings {
  const options = command
    .optionsGroup('Access to AWS:')
    .option(
      '--endpoint-url <url>',
      'another endpoint in place of that of AWS',
      httpParser('--endpoint-url', 'https://s3.example.com'),
    )
    .option('--profile <name>', 'profile of the shared AWS configuration')
    .option('--role-arn <arn>', 'role to assume first', parseRole);
  return () => {
    const { profile, roleArn, endpointUrl } = options.opts();
    return { profile, roleArn, endpointUrl };
  };
}

function parseRole(text: string): string {
  const { service, region, account, resource = '' } = parseArn(text) ?? {};
  if (service === 'iam' && region === '' && account !== '' && /^role\/./.test(resource)) return text;
  throw new UsageError(
    `--role-arn: ${JSON.stringify(text)} is not the ARN of a role`,
    'for example --role-arn arn:aws:iam::111122223333:role/auditor',
  );
}

/** The options that say how fast AWS is asked. */
export function paceOptions(command: AnyCommand): () => PaceSettings {
  const options = command
    .option(
      '--concurrency <n>',
      'requests in flight (default: 64; verify: as many as pay, see docs/performance.md)',
      countParser('--concurrency', 1, 4096),
    )
    .option(
      '--max-rate <n>',
      'requests per second (default: unlimited)',
      countParser('--max-rate', 1, 1_000_000),
    );
  return () => {
    const { concurrency, maxRate } = options.opts();
    return { concurrency, maxRate };
  };
}

/** The option of commands that ask CloudTrail for its public keys. */
export function keyTrustOption(command: AnyCommand): () => KeyTrustSettings {
  const options = command.option(
    '--trust-endpoint-keys',
    "let public keys count that come from an endpoint which is not AWS's own (emulators, tests)",
  );
  return () => ({ trustEndpointKeys: options.opts().trustEndpointKeys ?? false });
}
