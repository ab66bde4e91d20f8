/**
 * SARIF 2.1.0 (OASIS Standard, errata 01), as GitHub's code scanning takes it ("SARIF support for code scanning"): for archives and
 * viewers of findings. An S3 object is an artifact whose relative path is `s3/bucket/key`, for viewers take no address of S3. It
 * has no lines, so that every place is the beginning of the first one.
 */

import { CATALOGUE, FINDING_CODES, wasInterrupted } from '../../findings/catalogue.ts';
import type { Finding, FindingCode, Weight } from '../../findings/finding.ts';
import { countAccepted, countAll } from '../../report/findings-beyond.ts';
import type { Report } from '../../report/report.ts';
import { encodedUri, relativeUri, sarifMessage, sarifText } from '../escape.ts';
import { findingFacts, findingId, heaviestFirst, whereTheRestIs } from '../facts/findings.ts';
import { acceptanceReason, authoritativeSentence } from '../facts/report.ts';
import { verdictSentence } from '../facts/verdict.ts';
import { formatCount } from '../words.ts';
import { asciiJson } from './json.ts';

/** The address of the format's schema. */
export const SARIF_SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** Viewers show no more of one run (GitHub, "SARIF support for code scanning"). */
const MOST_RESULTS = 5000;
/** The longest descriptions of a rule there, in characters. */
const LONGEST = { short: 255, full: 1000 } as const;

const RULE_INDEX: ReadonlyMap<FindingCode, number> = new Map(
  FINDING_CODES.map((code, index) => [code, index]),
);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/**
 * The report as one SARIF log with one run: the catalogue as rules, at most 5000 findings as results (the heaviest
 * first, and a notification where some are left out). `sha256` is that of report.json. Ends with a newline.
 */
export function renderSarif(report: Report, sha256: string): string {
  const { run, tool, findings } = report;
  const reasons = new Map(report.acceptances?.map((one) => [one.name, acceptanceReason(one)]));
  const shown = heaviestFirst(findings).slice(0, MOST_RESULTS);
  const heaviest = new Map<FindingCode, Weight>();
  for (const { code, weight } of shown) if (!heaviest.has(code)) heaviest.set(code, weight);
  const rules = FINDING_CODES.map((code) => ruleOf(code, heaviest.get(code)));
  const log = {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: tool.name, version: tool.version, semanticVersion: tool.version, rules } },
        automationDetails: {
          id: `trail-verify/${encodedUri(report.source.target)}/`,
          ...(UUID.test(run.id) ? { guid: run.id } : {}),
        },
        invocations: [
          {
            executionSuccessful: !wasInterrupted(findings),
            startTimeUtc: run.started,
            endTimeUtc: run.finished,
            toolExecutionNotifications: notifications(report, sha256, shown.length),
          },
        ],
        artifacts: [
          {
            description: { text: 'The authoritative result.' },
            location: { uri: 'report.json' },
            roles: ['resultFile'],
            mimeType: 'application/json',
            hashes: { 'sha-256': sha256 },
          },
        ],
        results: shown.map((finding) => result(finding, reasons)),
        columnKind: 'utf16CodeUnits',
        properties: {
          verdict: report.verdict,
          accepted: countAccepted(report),
          reportSha256: sha256,
          totals: report.totals,
        },
      },
    ],
  };
  return `${asciiJson(log, 2)}\n`;
}

/** What rules and results have, in a report as in a diagnosis, for each weight. */
const WEIGHTS = {
  violation: { level: 'error', problem: 'error', severity: '9.5' },
  unproven: { level: 'warning', problem: 'warning', severity: '5.5' },
  note: { level: 'note', problem: 'recommendation', severity: '2.0' },
} as const satisfies Record<Weight, object>;

/** What a rule says; `meaning` and `advice`, which may be empty, are this project's own words. */
export interface SarifRule {
  readonly id: string;
  readonly title: string;
  readonly meaning: string;
  readonly advice: string;
  /** The heaviest of its results: viewers take the severity of a result from its rule. */
  readonly weight: Weight;
  readonly tags: readonly string[];
}

/** A rule with the descriptions, help and severity that viewers show. */
export function sarifRule({ id, title, meaning, advice, weight, tags }: SarifRule): object {
  const { level, problem, severity } = WEIGHTS[weight];
  return {
    id,
    name: id,
    shortDescription: { text: cut(title, LONGEST.short) },
    fullDescription: { text: cut(meaning, LONGEST.full) },
    help:
      advice === ''
        ? { text: meaning, markdown: meaning }
        : { text: `${meaning} Next: ${advice}`, markdown: `${meaning}\n\n**Next:** ${advice}` },
    defaultConfiguration: { level },
    properties: {
      tags: ['security', ...tags],
      precision: 'very-high',
      'problem.severity': problem,
      'security-severity': severity,
    },
  };
}

/** The level of results of a weight. */
export function sarifLevel(weight: Weight): 'error' | 'warning' | 'note' {
  return WEIGHTS[weight].level;
}

/** The place of a result: `path` is relative, as `relativeUri` gives it. */
export function sarifPlace(path: string): object {
  return {
    artifactLocation: { uri: path },
    region: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
  };
}

/** The fingerprint that viewers follow a result by, from a SHA-256 (hex) that is the same in every run. */
export function sarifFingerprints(sha256: string): Readonly<Record<string, string>> {
  // The number counts equal lines; code scanning looks at this name alone.
  return { primaryLocationLineHash: `${sha256}:1` };
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function ruleOf(code: FindingCode, found: Weight | undefined): object {
  const { title, meaning, advice, weight } = CATALOGUE[code];
  const family = code.slice(0, code.indexOf('_')).toLowerCase();
  return sarifRule({
    ...{ id: code, title: `${title}.`, meaning, advice },
    weight: found ?? weight,
    tags: ['cloudtrail', family],
  });
}

function notifications(report: Report, sha256: string, shown: number): readonly object[] {
  const notes = [authoritativeSentence(sha256), verdictSentence(report)];
  const left = countAll(report) - shown;
  if (left > 0) notes.push(`${formatCount(left)} further findings are in ${whereTheRestIs(report)} only.`);
  for (const limit of report.limits) notes.push(`Not checked: ${limit.text}`);
  return notes.map((text) => ({ level: 'note', message: { text: sarifMessage(text) } }));
}

function result(finding: Finding, reasons: ReadonlyMap<string, string>): object {
  const { code, weight, object, chain, time, accepted, evidence } = finding;
  const text = [`${CATALOGUE[code].title}: ${object.uri}`, ...findingFacts(finding)].join('; ');
  return {
    ruleId: code,
    ruleIndex: RULE_INDEX.get(code) ?? -1,
    level: sarifLevel(weight),
    message: { text: sarifMessage(text) },
    locations: [
      {
        physicalLocation: sarifPlace(relativeUri(object.uri)),
        ...(chain === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: chain, kind: 'chain' }] }),
      },
    ],
    partialFingerprints: sarifFingerprints(findingId(finding)),
    suppressions: accepted === undefined ? undefined : [suppression(accepted, reasons)],
    properties: { weight, object, chain, time, accepted, evidence },
  };
}

/** SARIF 2.1.0, section 3.35: `external`, because it is not in the object that the finding is about. */
function suppression(name: string, reasons: ReadonlyMap<string, string>): object {
  const justification = sarifText(`${name}: ${reasons.get(name) ?? ''}`);
  return { kind: 'external', status: 'accepted', justification };
}
