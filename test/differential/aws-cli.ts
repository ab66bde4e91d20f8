/** The unmodified `aws cloudtrail validate-logs`, pointed at a test server, and what it says in a form that can be compared. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isoTime } from '../../src/base/clock.ts';

/** The `aws` on PATH; behind a shim of pyenv, which starts two shells for each run, the command itself. */
export const AWS: string = (() => {
  const { error, status, stdout } = spawnSync('pyenv', ['which', 'aws'], { encoding: 'utf8' });
  return error === undefined && status === 0 ? stdout.trim() : 'aws';
})();

/** The version of the `aws` on PATH, `1.45.11` for example, or in words why there is none to be had. */
export function awsCliVersion(): { readonly version: string } | { readonly absent: string } {
  const { error, stdout } = spawnSync(AWS, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) return { absent: `the aws command cannot be started: ${error.message}` };
  const version = /^aws-cli\/(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  return version === undefined ? { absent: `\`aws --version\` says ${JSON.stringify(stdout)}` } : { version };
}

/** What `validate-logs` is asked. The times are given to it letter by letter. */
export interface ValidateLogsRequest {
  readonly endpoint: string;
  readonly trailArn: string;
  readonly region: string;
  readonly startTime: string;
  /** Milliseconds since the epoch. */
  readonly end: number;
  readonly options: readonly string[];
  /** Tries of one request in all. */
  readonly tries: number;
}

/** What it answered: one line for the table, and the URIs of the objects it named. */
export interface ValidateLogsAnswer {
  /** `exit 1; 5/6 digest files valid, 1/6 digest files INVALID; …`, or `aborts; <the error>`. */
  readonly summary: string;
  readonly exit: number;
  readonly aborted: boolean;
  readonly valid: ReadonlySet<string>;
  readonly invalid: ReadonlySet<string>;
  /** All it printed, for the message of a failing test. */
  readonly output: string;
}

/** From here on exit codes mean an error (252 to 255; version 1 knows only the last), below it a verdict. */
const FIRST_ERROR_CODE = 252;
const TIME_LIMIT = 60_000;

/** Runs `aws cloudtrail validate-logs --verbose`. Rejects where it was killed or cannot be started. */
export async function validateLogs(request: ValidateLogsRequest): Promise<ValidateLogsAnswer> {
  const folder = mkdtempSync(join(tmpdir(), 'trail-verify-aws-'));
  try {
    const config = join(folder, 'config');
    // Without this a bucket would be looked for at a host name of its own.
    writeFileSync(config, '[default]\ns3 =\n    addressing_style = path\n');
    const { trailArn, startTime, end, options } = request;
    const times = ['--start-time', startTime, '--end-time', isoTime(end)];
    const settings = [
      'cloudtrail',
      'validate-logs',
      '--trail-arn',
      trailArn,
      ...times,
      '--verbose',
      ...options,
    ];
    return await run(settings, environment(request, config));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `--endpoint-url` never reaches the S3 clients of validate-logs, the environment does. Nothing of the machine's own settings gets through. */
function environment({ endpoint, region, tries }: ValidateLogsRequest, config: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^AWS_|_proxy$/i.test(name));
  return {
    ...Object.fromEntries(kept),
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ENDPOINT_URL_CLOUDTRAIL: endpoint,
    AWS_ENDPOINT_URL_ORGANIZATIONS: endpoint,
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: `${config}-of-nobody`,
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: String(tries),
    AWS_PAGER: '',
    PYTHONWARNINGS: 'ignore',
    NO_PROXY: '*',
  };
}

function run(settings: readonly string[], env: NodeJS.ProcessEnv): Promise<ValidateLogsAnswer> {
  return new Promise((resolve, reject) => {
    execFile(AWS, settings, { env, timeout: TIME_LIMIT, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve(readAnswer(typeof error?.code === 'number' ? error.code : 0, stdout, stderr));
    });
  });
}

function readAnswer(exit: number, stdout: string, stderr: string): ValidateLogsAnswer {
  const output = `${stdout}${stderr}`;
  const objects = [...output.matchAll(/(?:Digest|Log) file\t(s3:[^\t\n]+)\t(valid|INVALID)/g)];
  const named = (word: string): Set<string> =>
    new Set(objects.flatMap(([, uri, state]) => (state === word && uri !== undefined ? [uri] : [])));
  const aborted = exit >= FIRST_ERROR_CODE;
  const summary = aborted
    ? `aborts; ${failure(stderr)}`
    : [`exit ${exit}`, ...results(stdout), ...complaints(stderr)].join('; ');
  return { summary, exit, aborted, valid: named('valid'), invalid: named('INVALID'), output };
}

/** What stands below "Results requested …", without the times. */
function results(stdout: string): readonly string[] {
  const [, after = ''] = stdout.split(/^Results requested .*$/m);
  return after.split('\n').filter((line) => line !== '' && !line.startsWith('Results found'));
}

/** The lines of standard error without their objects, equal ones counted. */
function complaints(stderr: string): readonly string[] {
  const counts = new Map<string, number>();
  for (const line of stderr.split('\n').filter((text) => text !== '')) {
    const words = line
      .replace(/\ts3:[^\t]+\t/, ' ')
      .replace(/ between \S+ and \S+$/, '')
      .replace(/[0-9a-f]{32}|"http:[^"]*"/g, '…');
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].map(([words, count]) => `${count} x "${words}"`);
}

/** The service's refusal, or the last line of standard error. */
function failure(stderr: string): string {
  const [, code, operation] =
    /An error occurred \((\S+)\) when calling the (\S+) operation/.exec(stderr) ?? [];
  return code === undefined ? (stderr.trimEnd().split('\n').at(-1) ?? '') : `${operation}: ${code}`;
}
