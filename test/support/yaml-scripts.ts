/** The shell lines of the project's YAML files, read for the shape that these files have, and for no other. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of the repository, with a slash at its end. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** The lines and variables of the GitLab job, and the places that it keeps as artifacts. */
export interface GitlabJob {
  readonly script: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly artifacts: readonly string[];
}

/** Reads examples/gitlab-ci.yml; its lines are joined as GitLab's runner joins them. */
export function gitlabJob(): GitlabJob {
  const text = readFileSync(`${ROOT}examples/gitlab-ci.yml`, 'utf8');
  const blockOf = (name: string): string =>
    new RegExp(`^ {2,4}${name}:\\n((?: {4,6}\\S.*\\n)+)`, 'm').exec(text)?.[1] ?? '';
  const listOf = (block: string): readonly string[] =>
    [...block.matchAll(/^ +- (.*)$/gm)].map(([, item = '']) => item);
  const variables = [...blockOf('variables').matchAll(/^ +(\w+): (.*)$/gm)];
  const junit = /^ +junit: (.*)$/m.exec(text)?.[1] ?? '';
  return {
    script: listOf(blockOf('script')).join('\n'),
    variables: Object.fromEntries(variables.map(([, name = '', value = '']) => [name, value])),
    artifacts: [...listOf(blockOf('paths')), junit],
  };
}
