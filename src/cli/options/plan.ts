/** A plan as the commands name it that divide a run over machines. */
import { isAccessPoint } from '../../base/names.ts';
import { type AnyCommand, FILES_RULE, fileListParser, UsageError } from './common.ts';
import { parseS3Place } from './place.ts';

/** The place of a plan: a folder, or what is below a prefix ('' or ending in `/`) of a bucket. */
export type PlanPlace =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** The place of a plan; `name` is what errors call it. Throws UsageError. */
export function parsePlanPlace(text: string, name: string): PlanPlace {
  if (text === '') throw new UsageError(`${name} is empty`, 'give a folder or s3://bucket/prefix');
  if (!/^s3:/i.test(text)) {
    if (!/^(?:arn:|[a-z][a-z0-9+.-]+:\/\/)/i.test(text)) return { kind: 'folder', path: text };
    throw new UsageError(
      `${name}: ${JSON.stringify(text)} is no place for a plan`,
      'give a folder or s3://bucket/prefix',
    );
  }
  const { bucket, prefix } = parseS3Place(text, name);
  if (isAccessPoint(bucket))
    throw new UsageError(`${name}: ${JSON.stringify(text)} is an access point`, 'give the bucket itself');
  if (prefix === '')
    throw new UsageError(
      `${name}: ${JSON.stringify(text)} has no prefix`,
      'give one for this plan alone: s3://bucket/prefix',
    );
  return { kind: 's3', bucket, prefix };
}

/** The option that says which plan it must be. The reader returns the hash in lower case. */
export function planHashOption(command: AnyCommand): () => string {
  const options = command.requiredOption(
    '--plan-sha256 <hash>',
    'SHA-256 of plan.json, as trail-verify plan printed it: no other plan is used',
    planHashParser('--plan-sha256'),
  );
  return () => options.opts().planSha256;
}

/** Parses the hash of a plan, in lower case; `name` is the option. */
export function planHashParser(name: string): (text: string) => string {
  return (text) => {
    if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
    throw new UsageError(
      `${name}: ${JSON.stringify(text)} is no SHA-256`,
      'take it from what was printed when the plan was made',
    );
  };
}

/** The option that says whose results count besides one's own. The reader returns files of certificates. */
export function shardSignerOption(command: AnyCommand): () => readonly string[] {
  const options = command.option(
    '--shard-signer <file>',
    `certificate that may have signed results, besides that of this run (may be repeated; ${FILES_RULE})`,
    fileListParser('--shard-signer'),
  );
  return () => options.opts().shardSigner ?? [];
}

/** The option that says who may have plans read besides this machine. The reader returns files of certificates. */
export function runSignerOption(command: AnyCommand): () => readonly string[] {
  const options = command.option(
    '--run-signer <file>',
    `certificate of who may have shards read here, besides this machine’s own (may be repeated; ${FILES_RULE})`,
    fileListParser('--run-signer'),
  );
  return () => options.opts().runSigner ?? [];
}
