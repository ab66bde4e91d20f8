import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { ConfiguredEndpoint } from '../../aws/credentials.ts';
import type { AwsSession } from '../../aws/session.ts';
import type { TrailDescription } from '../../aws/trail-description.ts';
import { readStoreAddress } from '../../engine/address.ts';
import type {
  AwsCaller,
  EndpointRecord,
  ExaminationFacts,
  HostRecord,
  InputFile,
  SigningRecord,
} from '../../report/report.ts';
import { buildDigest, ORIGIN, type OwnFile, PACKAGE_FOLDER, readOwnFile } from '../../source/own-files.ts';
import type { VerifySettings } from '../commands/verify-options.ts';
import type { Terminal } from './terminal.ts';

/** The facts that a report gives of its own making: who ran what, where, and how AWS was reached. */

/** The inputs of a run, and how it reaches AWS. */
interface RunInputs {
  readonly args: readonly string[];
  readonly files: readonly InputFile[];
  /** Undefined for a run that asks AWS for nothing. */
  readonly session: AwsSession | undefined;
  readonly trail: TrailDescription | undefined;
  readonly signing: SigningRecord | null;
  readonly endpoints: () => readonly EndpointRecord[];
}

/** The facts of a run's making for the report. Never rejects: a fact that cannot be learned is left out. */
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
    caseRef,
    supersedes,
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
    elapsed: now === undefined ? () => performance.now() - began : undefined,
    trail,
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

type Environment = Readonly<Record<string, string | undefined>>;

/** Services of continuous integration: the variable that names each, and where they name the run and the commit. */
const SERVICES: readonly {
  readonly provider: string;
  readonly sign: string;
  readonly runUrl: (environment: Environment) => string | undefined;
  readonly commit: string;
}[] = [
  { provider: 'github-actions', sign: 'GITHUB_ACTIONS', runUrl: gitHubRun, commit: 'GITHUB_SHA' },
  { provider: 'gitlab-ci', sign: 'GITLAB_CI', runUrl: (own) => own.CI_JOB_URL, commit: 'CI_COMMIT_SHA' },
  { provider: 'jenkins', sign: 'JENKINS_URL', runUrl: (own) => own.BUILD_URL, commit: 'GIT_COMMIT' },
  {
    provider: 'aws-codebuild',
    sign: 'CODEBUILD_BUILD_ARN',
    runUrl: (own) => own.CODEBUILD_BUILD_URL,
    commit: 'CODEBUILD_RESOLVED_SOURCE_VERSION',
  },
  { provider: 'unknown', sign: 'CI', runUrl: () => undefined, commit: 'CI_COMMIT_SHA' },
];

/** This machine, and the job of continuous integration that it works on, by its environment. */
function hostRecord(environment: Environment): HostRecord {
  const service = SERVICES.find(({ sign }) => (environment[sign] ?? '') !== '');
  if (service === undefined) return { name: hostname(), ci: null };
  const { provider, runUrl, commit } = service;
  return {
    name: hostname(),
    ci: { provider, runUrl: runUrl(environment) ?? null, commit: environment[commit] ?? null },
  };
}

function gitHubRun(environment: Environment): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = environment;
  return server === undefined || repository === undefined || run === undefined
    ? undefined
    : `${server}/${repository}/actions/runs/${run}`;
}

/** The endpoints that the sessions of one run asked in place of the usual ones. */
interface EndpointRegister {
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

/** Options whose value is a command, which may hold a PIN or the path of one. */
const COMMANDS: ReadonlySet<string> = new Set(['--signer-cmd']);
const REDACTED = '(redacted)';

/** Whose value is an address with a password in more places than one. */
const STORE = '--store';

/** The arguments as a report may show them: without the user and password of an address, without the text of commands. */
function redactArguments(args: readonly string[]): readonly string[] {
  const store = (text: string): string => readStoreAddress(text)?.shown ?? REDACTED;
  return args.map((argument, at) => {
    if (args[at - 1] === STORE) return store(argument);
    if (argument.startsWith(`${STORE}=`)) return `${STORE}=${store(argument.slice(STORE.length + 1))}`;
    if (COMMANDS.has(args[at - 1] ?? '')) return REDACTED;
    const [option = ''] = argument.split('=', 1);
    if (COMMANDS.has(option) && option.length < argument.length) return `${option}=${REDACTED}`;
    return argument.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, `$1${REDACTED}@`);
  });
}

/** The versions of the packages that this tool depends on: those in the bundle, else as they are installed; one that is not there is left out. */
async function dependencyVersions(): Promise<Readonly<Record<string, string>>> {
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    await ownText('package.json'),
  ) as PackageFile;
  const bundled = ORIGIN === 'modules' ? undefined : await bundledVersions();
  const versions: Record<string, string> = {};
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies }).sort()) {
    const version = bundled === undefined ? await installedVersion(name) : bundled[name];
    if (version !== undefined) versions[name] = version;
  }
  return versions;
}

async function ownText(name: OwnFile): Promise<string> {
  return Buffer.from(await readOwnFile(name)).toString();
}

/** From the file that the build wrote: see `build/bundle.ts`. */
async function bundledVersions(): Promise<Readonly<Record<string, string>>> {
  const { versions }: { versions: Readonly<Record<string, string>> } = JSON.parse(
    await ownText('packages.json'),
  );
  return versions;
}

interface PackageFile {
  readonly version?: string | undefined;
  readonly dependencies?: Readonly<Record<string, string>> | undefined;
  readonly optionalDependencies?: Readonly<Record<string, string>> | undefined;
}

/** Looks where Node does: in the `node_modules` of each folder upward. */
async function installedVersion(name: string): Promise<string | undefined> {
  for (let folder = PACKAGE_FOLDER ?? '/'; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'node_modules', name, 'package.json');
    const found = await readFile(file, 'utf8').then(
      (text) => JSON.parse(text) as PackageFile,
      () => undefined,
    );
    if (found !== undefined) return found.version;
    if (path.dirname(folder) === folder) return undefined;
  }
}
