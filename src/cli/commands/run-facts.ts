import type { AwsSession } from '../../aws/session.ts';
import type { TrailDescription } from '../../aws/trail-description.ts';
import type {
  AwsCaller,
  EndpointRecord,
  ExaminationFacts,
  InputFile,
  SigningRecord,
} from '../../report/report.ts';
import { buildDigest, dependencyVersions } from '../build-identity.ts';
import { hostRecord } from '../io/host-record.ts';
import type { Terminal } from '../io/terminal.ts';
import { redactArguments } from './redact-arguments.ts';
import type { VerifySettings } from './verify-options.ts';

/** What a run was given, and how it reaches AWS. */
export interface RunInputs {
  readonly args: readonly string[];
  readonly files: readonly InputFile[];
  /** Undefined for a run that asks AWS for nothing. */
  readonly session: AwsSession | undefined;
  readonly trail: TrailDescription | undefined;
  readonly signing: SigningRecord | null;
  readonly endpoints: () => readonly EndpointRecord[];
}

/** What the report says of a run's making. Never rejects: what cannot be learned is left out. */
export async function runFacts(
  { record, now }: Pick<VerifySettings, 'record' | 'now'>,
  { environment }: Pick<Terminal, 'environment'>,
  { args, files, session, trail, signing, endpoints }: RunInputs,
): Promise<ExaminationFacts> {
  const began = performance.now();
  const [caller, build, dependencies] = await Promise.all([
    session === undefined ? ('offline' as const) : callerOf(session).catch(() => undefined),
    ownDigest(),
    dependencyVersions().catch(() => ({})),
  ]);
  const { operator, organisation, caseRef, supersedes } = record;
  return {
    ...(caseRef === undefined ? {} : { caseRef }),
    ...(supersedes === undefined ? {} : { supersedes }),
    buildDigest: build,
    dependencies,
    examiner: {
      operator: operator ?? null,
      organisation: organisation ?? null,
      awsCaller: caller ?? null,
      host: hostRecord(environment),
    },
    arguments: redactArguments(args),
    files,
    endpoints,
    clock: now === undefined ? 'machine' : 'given',
    // A run that was given its time is to give the same report again.
    ...(now === undefined ? { elapsed: () => performance.now() - began } : {}),
    ...(trail === undefined ? {} : { trail }),
    signing,
  };
}

async function callerOf(session: AwsSession): Promise<AwsCaller | undefined> {
  const { callerIdentity } = await import('../../aws/identity.ts');
  return callerIdentity(session);
}

function ownDigest(): string | null {
  try {
    return buildDigest();
  } catch {
    return null;
  }
}
