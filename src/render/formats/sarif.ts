/** SARIF 2.1.0 (OASIS Standard, errata 01): for archives and viewers of findings. S3 objects are its artifacts. */

import { createHash } from 'node:crypto';
import { CATALOGUE, FINDING_CODES, wasInterrupted } from '../../findings/catalogue.ts';
import type { Finding, FindingCode, Weight } from '../../findings/finding.ts';
import { countAccepted, countAll } from '../../report/findings-beyond.ts';
import type { Report } from '../../report/report.ts';
import { encodedUri, sarifMessage, sarifText } from '../escape.ts';
import { findingFacts, whereTheRestIs } from '../facts/findings.ts';
import { acceptanceReason, authoritativeSentence, verdictSentence } from '../facts/report.ts';
import { formatCount } from '../words.ts';
import { asciiJson } from './json.ts';

/** Viewers show no more of one run (GitHub, "SARIF support for code scanning"). */
const MOST_RESULTS = 5000;

const LEVELS = { violation: 'error', unproven: 'warning', note: 'note' } as const satisfies Record<
  Weight,
  string
>;
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
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: tool.name, version: tool.version, rules: FINDING_CODES.map(rule) } },
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

function rule(code: FindingCode): object {
  const { title, meaning, advice, weight, heavier, lighter } = CATALOGUE[code];
  const weights = [weight, heavier, lighter].filter((part) => part !== undefined).join('; ');
  return {
    id: code,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: meaning },
    help: { text: advice },
    defaultConfiguration: { level: LEVELS[weight] },
    properties: { weight: weights },
  };
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
    level: LEVELS[weight],
    message: { text: sarifMessage(text) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodedUri(object.uri) } },
        ...(chain === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: chain, kind: 'chain' }] }),
      },
    ],
    partialFingerprints: { 'trailVerifyFinding/v1': findingId(finding) },
    suppressions: accepted === undefined ? undefined : [suppression(accepted, reasons)],
    properties: { weight, object, chain, time, accepted, evidence },
  };
}

/** SARIF 2.1.0, section 3.35: `external`, because it is not in the object that the finding is about. */
function suppression(name: string, reasons: ReadonlyMap<string, string>): object {
  const justification = sarifText(`${name}: ${reasons.get(name) ?? ''}`);
  return { kind: 'external', status: 'accepted', justification };
}

/**
 * What makes a finding the same in two runs, as a SHA-256 in hex: its code, the object's version, the chain and the
 * time, and nothing that changes between runs over the same bytes.
 */
export function findingId(finding: Finding): string {
  const { code, chain, time, object } = finding;
  const facts = [code, object.uri, object.versionId ?? null, chain ?? null, time ?? null];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** Findings with the heaviest first, otherwise in the report's order. */
function heaviestFirst(findings: readonly Finding[]): readonly Finding[] {
  return (['violation', 'unproven', 'note'] as const).flatMap((weight) =>
    findings.filter((finding) => finding.weight === weight),
  );
}
