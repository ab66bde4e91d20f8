/**
 * What GitHub's code scanning asks of a SARIF file, beyond the format itself:
 * https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support (properties, "Validating your SARIF
 * file", upload limits) and https://docs.github.com/en/rest/code-scanning/code-scanning#upload-an-analysis-as-sarif-data.
 */
import { gzipSync } from 'node:zlib';

/** At most so many of each, and the file at most so large when it is compressed. */
const LIMITS = {
  runs: 20,
  resultsTaken: 25_000,
  resultsShown: 5_000,
  rules: 25_000,
  locations: 1_000,
  tags: 20,
  bytes: 10 * 1024 * 1024,
} as const;
const SEVERITIES = ['error', 'warning', 'recommendation'];
const PRECISIONS = ['very-high', 'high', 'medium', 'low'];
const LEVELS = ['none', 'note', 'warning', 'error'];

interface Text {
  readonly text?: string;
  readonly markdown?: string;
}

interface Run {
  readonly tool?: { readonly driver?: { readonly name?: string; readonly rules?: readonly Rule[] } };
  readonly automationDetails?: { readonly id?: string };
  readonly results?: readonly Result[];
}

interface Rule {
  readonly id?: string;
  readonly name?: string;
  readonly shortDescription?: Text;
  readonly fullDescription?: Text;
  readonly help?: Text;
  readonly defaultConfiguration?: { readonly level?: string };
  readonly properties?: {
    readonly tags?: readonly string[];
    readonly precision?: string;
    readonly 'problem.severity'?: string;
    readonly 'security-severity'?: unknown;
  };
}

interface Result {
  readonly ruleId?: string;
  readonly ruleIndex?: number;
  readonly level?: string;
  readonly message?: Text;
  readonly locations?: readonly {
    readonly physicalLocation?: {
      readonly artifactLocation?: { readonly uri?: string };
      readonly region?: Readonly<Record<string, number>>;
    };
  }[];
  readonly partialFingerprints?: Readonly<Record<string, string>>;
}

/** What code scanning would not take or not show of a file, in words; nothing of one that is right. */
export function codeScanningProblems(file: string): readonly string[] {
  const log: { readonly version?: string; readonly runs?: readonly Run[] } = JSON.parse(file);
  const problems: string[] = [];
  const require = (isSo: boolean, problem: string): void => {
    if (!isSo) problems.push(problem);
  };
  require(log.version === '2.1.0', 'the version is not 2.1.0');
  require(gzipSync(file).length <= LIMITS.bytes, 'the file is too large');
  const runs = log.runs ?? [];
  require(runs.length > 0 && runs.length <= LIMITS.runs, `${runs.length} runs`);
  for (const run of runs) {
    const { name = '', rules = [] } = run.tool?.driver ?? {};
    require(name !== '', 'a tool without a name');
    require(run.automationDetails?.id?.endsWith('/') === true, 'no category of its own');
    require(rules.length <= LIMITS.rules, `${rules.length} rules`);
    for (const rule of rules) problems.push(...ruleProblems(rule));
    const { results } = run;
    require(results !== undefined, 'no results');
    require((results?.length ?? 0) <= LIMITS.resultsTaken, 'results are not taken');
    require((results?.length ?? 0) <= LIMITS.resultsShown, 'results are not shown');
    for (const result of results ?? []) problems.push(...resultProblems(result, rules));
    const prints = (results ?? []).map((one) => one.partialFingerprints?.primaryLocationLineHash);
    require(new Set(prints).size === prints.length, 'two results with one fingerprint');
  }
  return [...new Set(problems)];
}

function ruleProblems(rule: Rule): readonly string[] {
  const { id = '', name = '', shortDescription, fullDescription, help, defaultConfiguration } = rule;
  const { tags = [], precision = '', ...severity } = rule.properties ?? {};
  const score = severity['security-severity'];
  const checks: readonly (readonly [boolean, string])[] = [
    [id !== '', 'no id'],
    [name.length <= 255, 'a long name'],
    [isText(shortDescription?.text, 255), 'no short description, or a long one'],
    [isText(fullDescription?.text, 1000), 'no full description, or a long one'],
    [isText(help?.text), 'no help'],
    [isText(help?.markdown), 'no help in Markdown'],
    [LEVELS.includes(defaultConfiguration?.level ?? ''), 'no level'],
    [tags.includes('security') && tags.length <= LIMITS.tags, 'tags'],
    [PRECISIONS.includes(precision), 'no precision'],
    [SEVERITIES.includes(severity['problem.severity'] ?? ''), 'no problem.severity'],
    [typeof score === 'string' && /^(?:10\.0|\d\.\d)$/.test(score), 'security-severity is no score as text'],
  ];
  return checks.flatMap(([isSo, problem]) => (isSo ? [] : [`rule ${id}: ${problem}`]));
}

function resultProblems(result: Result, rules: readonly Rule[]): readonly string[] {
  const { ruleId = '', ruleIndex = -1, level = '', message, locations = [], partialFingerprints } = result;
  const { artifactLocation, region = {} } = locations[0]?.physicalLocation ?? {};
  const { startLine = 0, startColumn = 0, endLine = 0, endColumn = 0 } = region;
  const { uri = '' } = artifactLocation ?? {};
  const checks: readonly (readonly [boolean, string])[] = [
    [rules[ruleIndex]?.id === ruleId, 'its rule is another'],
    [LEVELS.includes(level), 'no level'],
    [isText(message?.text), 'no message'],
    [locations.length > 0 && locations.length <= LIMITS.locations, 'no location, or too many'],
    [isRelativePath(uri), `${uri} is no path in a repository`],
    [startLine >= 1 && startColumn >= 1 && endLine >= startLine && endColumn >= 1, 'no region'],
    [isText(partialFingerprints?.primaryLocationLineHash), 'no fingerprint'],
  ];
  return checks.flatMap(([isSo, problem]) => (isSo ? [] : [`result of ${ruleId}: ${problem}`]));
}

function isText(text: string | undefined, most = Number.POSITIVE_INFINITY): boolean {
  return text !== undefined && text !== '' && text.length <= most;
}

/** Relative, and the same after any reader has resolved it against the root of a repository. */
function isRelativePath(uri: string): boolean {
  const root = 'https://example.com/root/';
  return /^[A-Za-z0-9]/.test(uri) && URL.canParse(uri, root) && new URL(uri, root).href === `${root}${uri}`;
}
