import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../src/report/report.ts';
import { NOW } from './data/trail-shape.ts';
import { type ProcessSample, runNode, type Wrapper } from './measured-process.ts';
import { mustBe } from './row.ts';
import { outputFolder, ROOT } from './scratch.ts';

export const COMMAND: string = join(ROOT, 'bin', 'trail-verify.js');
export const KEY_FILE: string = join(ROOT, 'fixtures', 'keys', 'public-keys.jsonl');

/** What a run of `verify` must come to. */
export interface Expected {
  readonly digests: number;
  /** Proven log files. */
  readonly logs: number;
  /** Default: VALID, and with it exit code 0. */
  readonly verdict?: Report['verdict'];
}

/** The exit codes of verdicts. */
export const EXIT_CODES = { VALID: 0, INVALID: 1, INCONCLUSIVE: 3 } as const satisfies Record<
  Report['verdict'],
  number
>;

/** How one run of ours is made. */
export interface VerifyRun {
  readonly target: string;
  readonly options?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly expected: Expected;
  readonly progress?: boolean;
  /** What the command is started through, for example a program that gives it a terminal. */
  readonly wrapper?: Wrapper;
  /** Default: the command of this checkout. */
  readonly command?: string;
}

/** Runs `trail-verify verify` as a process of its own and holds its report against what must come of it. */
export async function runVerify(run: VerifyRun): Promise<ProcessSample> {
  const { target, options = [], expected, progress = false, command = COMMAND } = run;
  const output = outputFolder();
  const now = ['--now', new Date(NOW).toISOString()];
  const quiet = [
    '--output',
    output.path,
    '--format',
    'none',
    '--no-sign',
    progress ? '--progress' : '--no-progress',
  ];
  try {
    const args = [command, 'verify', target, ...now, ...quiet, ...options];
    const environment = { ...awsEnvironment(), ...run.environment };
    const sample = await runNode(args, environment, run.wrapper);
    if (sample.exitCode !== EXIT_CODES[expected.verdict ?? 'VALID'])
      throw new Error(`verify ended with ${sample.exitCode}: ${sample.error}`);
    // The command's own file.
    const report = JSON.parse(readFileSync(join(output.path, 'report.json'), 'utf8')) as Report;
    const { verdict, totals } = report;
    mustBe('the verdict', verdict, expected.verdict ?? 'VALID');
    mustBe('the count of proven digest files', totals.digests.valid, expected.digests);
    mustBe('the count of proven log files', totals.logs.valid, expected.logs);
    return sample;
  } finally {
    output.remove();
  }
}

/** Credentials of nobody, and nothing of the machine's own settings. */
export function awsEnvironment(): NodeJS.ProcessEnv {
  return {
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** The ways in which log files can be unpacked here: by the native code where it was built, and always by Node alone. */
export function unpackers(): readonly { readonly name: string; readonly environment: NodeJS.ProcessEnv }[] {
  const folder = join(ROOT, 'native', 'prebuilt', `${process.platform}-${process.arch}`);
  const isBuilt = existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.node'));
  const pure = { name: 'pure Node', environment: { TRAIL_VERIFY_NATIVE: '0' } };
  return isBuilt ? [{ name: 'native', environment: {} }, pure] : [pure];
}
