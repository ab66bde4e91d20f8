import { hostname } from 'node:os';
import type { HostRecord } from '../../report/report.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Services of continuous integration: the variable that tells them, and where they name the run and the commit. */
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
export function hostRecord(environment: Environment): HostRecord {
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
