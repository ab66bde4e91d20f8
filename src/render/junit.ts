/**
 * JUnit XML as test reporters of CI systems read it (the format of Ant's and Maven's reports): a suite for each chain
 * with a case for each group of checks, and a suite for what belongs to no chain.
 */
import { CATALOGUE } from '../findings/catalogue.ts';
import type { Finding, FindingCode } from '../findings/finding.ts';
import { isAccepted } from '../report/accept-findings.ts';
import type { ChainReport, Report } from '../report/report.ts';
import { authoritativeSentence } from './authoritative.ts';
import { findingFacts } from './finding-facts.ts';
import { countByWeight } from './group-findings.ts';
import { type Content, element, LINE_END, type Markup, together, trusted } from './markup.ts';
import { totalOf, verdictSentence } from './verdict-sentence.ts';
import { countOf } from './words.ts';

/** Findings written out in one case; reporters show them in a page. */
const MOST_FINDINGS = 50;

/** The groups of checks, and which findings speak against them. */
const GROUPS = [
  { name: 'digest files are what AWS signed', prefixes: ['DIGEST_', 'OBJECT_'] },
  { name: 'digests are linked', prefixes: ['LINK_'] },
  { name: 'time is covered', prefixes: ['CHAIN_', 'WINDOW_'] },
  { name: 'log files are what the digests recorded', prefixes: ['LOG_'] },
] as const;
const WHOLE_RUN = 'the run was complete';

interface Case {
  readonly name: string;
  readonly findings: readonly Finding[];
  /** Why the case says nothing; undefined where it was checked. */
  readonly skipped?: string | undefined;
}

/**
 * The report as JUnit XML: a violation is a failure, what is unproven an error, what was not checked is skipped,
 * notes are output. `sha256` is that of report.json. Every name in it is escaped; ends with a newline.
 */
export function renderJunit(report: Report, sha256: string): string {
  const byChain = new Map<string, Finding[]>(report.chains.map((chain) => [chain.id, []]));
  const others: Finding[] = [];
  for (const finding of report.findings) (byChain.get(finding.chain ?? '') ?? others).push(finding);
  const suites = [
    suite(report, 'run', runCases(report, others), sha256),
    ...report.chains.map((chain) =>
      suite(report, chain.id, chainCases(chain, byChain.get(chain.id) ?? []), sha256),
    ),
  ];
  const counts = countCases([...suites.flatMap(({ cases }) => cases)]);
  const root = element(
    'testsuites',
    { name: 'trail-verify', ...counts, time: seconds(report) },
    LINE_END,
    suites.map(({ markup }) => [markup, LINE_END]),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.markup}\n`;
}

function runCases(report: Report, findings: readonly Finding[]): readonly Case[] {
  const inGroup = (prefixes: readonly string[]) =>
    findings.filter(({ code }) => startsWithAny(code, prefixes));
  const grouped = GROUPS.map(({ name, prefixes }) => ({ name, findings: inGroup(prefixes) }));
  const rest = findings.filter(({ code }) => !GROUPS.some(({ prefixes }) => startsWithAny(code, prefixes)));
  const nothing = report.chains.length === 0 ? 'no chain was found' : undefined;
  return [
    { name: WHOLE_RUN, findings: rest, skipped: rest.length === 0 ? nothing : undefined },
    ...grouped.filter((group) => group.findings.length > 0),
  ];
}

function chainCases(chain: ChainReport, findings: readonly Finding[]): readonly Case[] {
  return GROUPS.map(({ name, prefixes }) => ({
    name,
    findings: findings.filter(({ code }) => startsWithAny(code, prefixes)),
    skipped: whySkipped(prefixes, chain),
  }));
}

function whySkipped(prefixes: readonly string[], chain: ChainReport): string | undefined {
  if (prefixes.includes('LOG_') && chain.logs.listed > 0 && totalOf(chain.logs) === 0)
    return 'log files were not read';
  if (prefixes.includes('CHAIN_') && chain.kind === 'backfill')
    return 'backfill digests cover no time of their own';
  return undefined;
}

function startsWithAny(code: FindingCode, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => code.startsWith(prefix));
}

function suite(report: Report, name: string, cases: readonly Case[], sha256: string) {
  const properties = {
    verdict: report.verdict,
    sentence: verdictSentence(report),
    'report.sha256': sha256,
    authoritative: authoritativeSentence(sha256),
  };
  const markup = element(
    'testsuite',
    { name, ...countCases(cases), time: seconds(report), timestamp: report.run.started.slice(0, 19) },
    LINE_END,
    element(
      'properties',
      {},
      Object.entries(properties).map(([key, value]) => element('property', { name: key, value })),
    ),
    LINE_END,
    cases.map((one) => [caseMarkup(name, one), LINE_END]),
  );
  return { markup, cases };
}

function countCases(cases: readonly Case[]): Record<'tests' | 'failures' | 'errors' | 'skipped', number> {
  const outcomes = cases.map(outcomeOf);
  const count = (wanted: string): number => outcomes.filter((outcome) => outcome === wanted).length;
  return {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
}

function outcomeOf({ findings, skipped }: Case): 'failure' | 'error' | 'skipped' | 'passed' {
  const weights = countByWeight(findings.filter((finding) => !isAccepted(finding)));
  if (weights.violation > 0) return 'failure';
  if (weights.unproven > 0) return 'error';
  return skipped === undefined ? 'passed' : 'skipped';
}

function caseMarkup(classname: string, one: Case): Markup {
  return element('testcase', { classname, name: one.name, time: 0 }, caseContent(one));
}

/** A finding that somebody accepts is output, as a note is. */
function speaksAgainst(finding: Finding): boolean {
  return finding.weight !== 'note' && !isAccepted(finding);
}

function caseContent(one: Case): Content {
  const outcome = outcomeOf(one);
  const notes = one.findings.filter((finding) => !speaksAgainst(finding));
  const output = notes.length > 0 && element('system-out', {}, findingLines(notes));
  if (outcome === 'passed') return output;
  if (outcome === 'skipped') return [element('skipped', { message: one.skipped }), output];
  const against = one.findings.filter(speaksAgainst);
  const heaviest = against.find(({ weight }) => weight === 'violation') ?? against[0];
  const codes = [...new Set(against.map(({ code }) => code))];
  const message = `${countOf(against.length, 'finding')}: ${codes.join(', ')}`;
  return [element(outcome, { type: heaviest?.code, message }, findingLines(against)), output];
}

function findingLines(findings: readonly Finding[]): Markup {
  const lines: Content[] = findings.slice(0, MOST_FINDINGS).map((finding) => {
    const facts = findingFacts(finding);
    const about = facts.length === 0 ? '' : ` (${facts.join('; ')})`;
    return [`${finding.code} ${CATALOGUE[finding.code].title}: ${finding.object.uri}${about}`, trusted('\n')];
  });
  const rest = findings.length - MOST_FINDINGS;
  if (rest > 0) lines.push(`and ${countOf(rest, 'more', 'more')} in report.json`);
  return together(['', LINE_END, lines]);
}

function seconds(report: Report): string {
  const elapsed = Date.parse(report.run.finished) - Date.parse(report.run.started);
  return (Math.max(0, elapsed) / 1000).toFixed(3);
}
