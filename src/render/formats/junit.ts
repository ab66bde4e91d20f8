/**
 * JUnit XML as test reporters of CI systems read it (the format of Ant's and Maven's reports): a suite for each chain
 * with a case for each group of checks, and a suite for what belongs to no chain.
 */
import { CATALOGUE } from '../../findings/catalogue.ts';
import type { Finding, FindingCode } from '../../findings/finding.ts';
import { acceptedOf, countAccepted, isAccepted } from '../../report/findings-beyond.ts';
import type { ChainReport, FindingCount, Report } from '../../report/report.ts';
import { findingFacts, whereTheRestIs } from '../facts/findings.ts';
import { queriesText } from '../facts/queries.ts';
import { authoritativeSentence } from '../facts/report.ts';
import { totalOf, verdictSentence } from '../facts/verdict.ts';
import { type Content, element, LINE_END, type Markup, together, trusted } from '../html/style.ts';
import { countOf } from '../words.ts';

/** Findings written out in one case; reporters show them in a page. */
const MOST_FINDINGS = 50;

/** The groups of checks, and the findings that fail them. */
const GROUPS = [
  { name: 'digest files are what AWS signed', prefixes: ['DIGEST_', 'OBJECT_'] },
  { name: 'digests are linked', prefixes: ['LINK_'] },
  { name: 'time is covered', prefixes: ['CHAIN_', 'WINDOW_'] },
  { name: 'log files are what the digests recorded', prefixes: ['LOG_'] },
] as const;
/** Of no chain. */
const QUERIES = { name: 'query results are what their sign files list', prefixes: ['LAKE_'] } as const;
const WHOLE_RUN = 'the run was complete';

/** Findings of one chain or of one group of checks: those that the report names, and the counts of all others. */
interface Found {
  readonly findings: readonly Finding[];
  readonly further: readonly FindingCount[];
}

interface Case extends Found {
  readonly name: string;
  /** Why the case says nothing; undefined where it was checked. */
  readonly skipped?: string | undefined;
}

/**
 * The report as JUnit XML: a violation is a failure, what is unproven an error, what was not checked is skipped,
 * notes are output. `sha256` is that of report.json. Every name in it is escaped; ends with a newline.
 */
export function renderJunit(report: Report, sha256: string): string {
  const found = (): { findings: Finding[]; further: FindingCount[] } => ({ findings: [], further: [] });
  const byChain = new Map(report.chains.map((chain) => [chain.id, found()]));
  const others = found();
  const ofChain = (chain = ''): typeof others => byChain.get(chain) ?? others;
  for (const finding of report.findings) ofChain(finding.chain).findings.push(finding);
  for (const count of report.overflowFindings?.counts ?? []) ofChain(count.chain).further.push(count);
  const suites = [
    suite(report, 'run', runCases(report, others), sha256),
    ...report.chains.map((chain) =>
      suite(report, chain.id, chainCases(chain, byChain.get(chain.id) ?? found()), sha256),
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

function runCases(report: Report, found: Found): readonly Case[] {
  const groups = [...GROUPS, QUERIES];
  const grouped = groups.map(({ name, prefixes }) => ({ name, ...ofPrefixes(found, prefixes) }));
  const isGrouped = ({ code }: { readonly code: FindingCode }): boolean =>
    groups.some(({ prefixes }) => startsWithAny(code, prefixes));
  const findings = found.findings.filter((one) => !isGrouped(one));
  const further = found.further.filter((one) => !isGrouped(one));
  const hasQueries = report.lake !== undefined;
  const nothing = report.chains.length === 0 && !hasQueries ? 'no chain was found' : undefined;
  const skipped = findings.length + further.length === 0 ? nothing : undefined;
  return [
    { name: WHOLE_RUN, findings, further, skipped },
    ...grouped.filter(
      ({ name, findings: own, further: rest }) =>
        own.length + rest.length > 0 || (hasQueries && name === QUERIES.name),
    ),
  ];
}

function ofPrefixes({ findings, further }: Found, prefixes: readonly string[]): Found {
  return {
    findings: findings.filter(({ code }) => startsWithAny(code, prefixes)),
    further: further.filter(({ code }) => startsWithAny(code, prefixes)),
  };
}

function chainCases(chain: ChainReport, found: Found): readonly Case[] {
  return GROUPS.map(({ name, prefixes }) => ({
    name,
    ...ofPrefixes(found, prefixes),
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
    accepted: `${countAccepted(report)}`,
    sentence: verdictSentence(report),
    'query.results': queriesText(report),
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
      Object.entries(properties).map(
        ([key, value]) => value !== undefined && element('property', { name: key, value }),
      ),
    ),
    LINE_END,
    cases.map((one) => [caseMarkup(name, one, whereTheRestIs(report)), LINE_END]),
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

function outcomeOf({ findings, further, skipped }: Case): 'failure' | 'error' | 'skipped' | 'passed' {
  const weights = new Set(
    [...findings.filter(speaksAgainst), ...further.filter((one) => countAgainst(one) > 0)].map(
      ({ weight }) => weight,
    ),
  );
  if (weights.has('violation')) return 'failure';
  if (weights.has('unproven')) return 'error';
  return skipped === undefined ? 'passed' : 'skipped';
}

function caseMarkup(classname: string, one: Case, where: string): Markup {
  return element('testcase', { classname, name: one.name, time: 0 }, caseContent(one, where));
}

/** A finding that somebody accepts is output, as a note is. */
function speaksAgainst(finding: Finding): boolean {
  return finding.weight !== 'note' && !isAccepted(finding);
}

/** How many of the counted findings fail a case. */
function countAgainst(one: FindingCount): number {
  return one.weight === 'note' ? 0 : one.count - acceptedOf(one);
}

function caseContent(one: Case, where: string): Content {
  const outcome = outcomeOf(one);
  const notes = one.findings.filter((finding) => !speaksAgainst(finding));
  const overflowNotes = one.further.reduce((sum, count) => sum + count.count - countAgainst(count), 0);
  const output =
    notes.length + overflowNotes > 0 &&
    element('system-out', {}, findingLines(notes, notes.length + overflowNotes, where));
  if (outcome === 'passed') return output;
  if (outcome === 'skipped') return [element('skipped', { message: one.skipped }), output];
  const against = one.findings.filter(speaksAgainst);
  const further = one.further.filter((count) => countAgainst(count) > 0);
  const all = [...against, ...further];
  const heaviest = all.find(({ weight }) => weight === 'violation') ?? all[0];
  const codes = [...new Set(all.map(({ code }) => code))];
  const count = further.reduce((sum, counted) => sum + countAgainst(counted), against.length);
  const message = `${countOf(count, 'finding')}: ${codes.join(', ')}`;
  return [element(outcome, { type: heaviest?.code, message }, findingLines(against, count, where)), output];
}

/** The first of `count` findings, and how many more there are. */
function findingLines(findings: readonly Finding[], count: number, where: string): Markup {
  const lines: Content[] = findings.slice(0, MOST_FINDINGS).map((finding) => {
    const facts = findingFacts(finding);
    const about = facts.length === 0 ? '' : ` (${facts.join('; ')})`;
    return [`${finding.code} ${CATALOGUE[finding.code].title}: ${finding.object.uri}${about}`, trusted('\n')];
  });
  const rest = count - lines.length;
  if (rest > 0) lines.push(`and ${countOf(rest, 'more', 'more')} in ${where}`);
  return together(['', LINE_END, lines]);
}

function seconds(report: Report): string {
  const elapsed = Date.parse(report.run.finished) - Date.parse(report.run.started);
  return (Math.max(0, elapsed) / 1000).toFixed(3);
}
