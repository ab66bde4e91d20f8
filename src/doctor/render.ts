import { asciiJson } from '../base/json.ts';
import { escapeMarkdown, escapeTerminal, sarifMessage, sarifText } from '../render/escape.ts';
import { element, LINE_END } from '../render/html/markup.ts';
import type { Check, CheckResult } from './checks.ts';
import type { Diagnosis } from './diagnose.ts';
import { renderDiagnosisOcsf } from './render-ocsf.ts';
import { renderDiagnosisCsv, renderDiagnosisHtml } from './render-page.ts';

/** What a diagnosis can be rendered to. */
export const DIAGNOSIS_FORMATS = [
  'text',
  'json',
  'ndjson',
  'markdown',
  'html',
  'csv',
  'junit',
  'sarif',
  'ocsf',
] as const;
/** One of them. */
export type DiagnosisFormat = (typeof DIAGNOSIS_FORMATS)[number];

const MARK: Readonly<Record<CheckResult, string>> = { pass: 'ok', fail: 'FAIL', unknown: '??', note: 'note' };
const ORDER: readonly CheckResult[] = ['fail', 'unknown', 'note', 'pass'];

/** A diagnosis in one of the formats, ending in a newline. Every text from outside is escaped. */
export function renderDiagnosis(diagnosis: Diagnosis, format: DiagnosisFormat): string {
  switch (format) {
    case 'text':
      return text(diagnosis);
    case 'json':
      return `${asciiJson(diagnosis, 2)}\n`;
    case 'ndjson':
      return diagnosis.checks.map((check) => `${asciiJson(check)}\n`).join('');
    case 'markdown':
      return markdown(diagnosis);
    case 'html': {
      const ordered = { ...diagnosis, checks: sorted(diagnosis.checks) };
      return renderDiagnosisHtml(ordered, diagnosisLine(diagnosis), policyText(diagnosis));
    }
    case 'csv':
      return renderDiagnosisCsv(diagnosis);
    case 'junit':
      return junit(diagnosis);
    case 'sarif':
      return sarif(diagnosis);
    case 'ocsf':
      return renderDiagnosisOcsf(diagnosis);
  }
}

/** The verdict with its counts, in one line. */
export function diagnosisLine({ verdict, target, counts }: Diagnosis): string {
  const { pass, fail, unknown, note } = counts;
  return `${verdict}: ${target}: ${fail} failed, ${unknown} unknown, ${note} to note, ${pass} passed`;
}

function sorted(checks: Diagnosis['checks']): Diagnosis['checks'] {
  return ORDER.flatMap((result) => checks.filter((check) => check.result === result));
}

function text(diagnosis: Diagnosis): string {
  const lines = [escapeTerminal(diagnosisLine(diagnosis)), ''];
  for (const check of sorted(diagnosis.checks)) {
    const ignored = check.ignored ? ' (ignored)' : '';
    lines.push(
      `${MARK[check.result].padEnd(5)}${escapeTerminal(`${check.id}  ${check.title}: ${check.detail}`)}${ignored}`,
    );
    if (check.result !== 'pass') {
      lines.push(`     ${escapeTerminal(`${check.control}; ${check.resource}`)}`);
      if (check.advice !== undefined) lines.push(`     next: ${escapeTerminal(check.advice)}`);
    }
  }
  const policy = policyText(diagnosis);
  if (policy !== undefined) lines.push('', 'Permissions to add:', policy);
  return `${lines.join('\n')}\n`;
}

function policyText({ missingPermissions }: Diagnosis): string | undefined {
  if (missingPermissions.length === 0) return undefined;
  return asciiJson({ Version: '2012-10-17', Statement: missingPermissions }, 2);
}

function markdown(diagnosis: Diagnosis): string {
  const rows = sorted(diagnosis.checks).map((check) => {
    const cells = [
      `${MARK[check.result]}${check.ignored ? ' (ignored)' : ''}`,
      check.id,
      check.title,
      check.detail,
      check.advice ?? '',
    ];
    return `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  });
  const policy = policyText(diagnosis);
  const lines = [
    `**${escapeMarkdown(diagnosisLine(diagnosis))}**`,
    '',
    '| result | check | what it asks | what was seen | next |',
    '|---|---|---|---|---|',
    ...rows,
    ...(policy === undefined ? [] : ['', 'Permissions to add:', '', '```json', policy, '```']),
  ];
  return `${lines.join('\n')}\n`;
}

function junit({ checks, target, counts, time }: Diagnosis): string {
  const cases = checks.map((check) => [
    LINE_END,
    element('testcase', { name: `${check.id} ${check.title}`, classname: check.resource }, outcome(check)),
  ]);
  const failures = counts.fail;
  const errors = counts.unknown;
  const skipped = checks.filter(({ ignored }) => ignored).length;
  const attributes = {
    name: `trail-verify doctor ${target}`,
    tests: checks.length,
    failures,
    errors,
    skipped,
  };
  const suite = element('testsuite', { ...attributes, timestamp: time }, cases, LINE_END);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', attributes, LINE_END, suite, LINE_END).markup}\n`;
}

function outcome(check: Check & { readonly ignored: boolean }) {
  const message = `${check.detail}; ${check.advice ?? ''}`;
  if (check.ignored) return element('skipped', { message });
  if (check.result === 'fail') return element('failure', { message, type: check.control });
  if (check.result === 'unknown') return element('error', { message, type: check.control });
  return element('system-out', {}, check.detail);
}

function sarif({ checks }: Diagnosis): string {
  const shown = checks.filter(({ result }) => result !== 'pass');
  const levels = { fail: 'error', unknown: 'warning', note: 'note', pass: 'none' } as const;
  const ids = [...new Set(shown.map(({ id }) => id))];
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'trail-verify doctor',
            rules: ids.map((id) => ({
              id,
              shortDescription: { text: sarifText(shown.find((check) => check.id === id)?.title ?? id) },
            })),
          },
        },
        results: shown.map((check) => ({
          ruleId: check.id,
          ruleIndex: ids.indexOf(check.id),
          level: levels[check.result],
          message: { text: sarifMessage(`${check.detail}. ${check.advice ?? ''}`.trim()) },
          locations: [{ logicalLocations: [{ fullyQualifiedName: check.resource, kind: 'resource' }] }],
          ...(check.ignored ? { suppressions: [{ kind: 'external', justification: '--ignore' }] } : {}),
        })),
      },
    ],
  };
  return `${asciiJson(log, 2)}\n`;
}
