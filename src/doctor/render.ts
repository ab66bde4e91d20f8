/** A diagnosis in each of its formats; in OCSF 1.6.0 it is one Compliance Finding (2003) for each check, one JSON object a line. */
import { createHash } from 'node:crypto';
import { asciiJson } from '../base/json.ts';
import { VERSION } from '../base/version.ts';
import { controlsText } from '../findings/controls.ts';
import {
  csvCell,
  encodedUri,
  escapeMarkdown,
  escapeTerminal,
  relativeUri,
  sarifMessage,
  sarifText,
} from '../render/escape.ts';
import { ocsfBase } from '../render/formats/ocsf.ts';
import {
  SARIF_SCHEMA,
  sarifFingerprints,
  sarifLevel,
  sarifPlace,
  sarifRule,
} from '../render/formats/sarif.ts';
import { type Content, element, LINE_END, STYLE, together, trusted } from '../render/html/style.ts';
import { wrapText } from '../render/words.ts';
import type { Check, CheckResult } from './checks.ts';
import type { Diagnosis } from './diagnose.ts';

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

/** Columns that the controls of a check are wrapped to. */
const TEXT_WIDTH = 100;

const MARK: Readonly<Record<CheckResult, string>> = { pass: 'ok', fail: 'FAIL', unknown: '??', note: 'note' };
const ORDER: readonly CheckResult[] = ['fail', 'unknown', 'note', 'pass'];

/** How the text of a diagnosis is laid out. */
export interface DiagnosisLayout {
  readonly columns: number;
  /** Whether each permission has a line of its own. */
  readonly verbose: boolean;
}

/** The layout of a file. */
const PLAIN: DiagnosisLayout = { columns: 100, verbose: false };

/** A diagnosis in one of the formats, ending in a newline. Every text from outside is escaped. */
export function renderDiagnosis(
  diagnosis: Diagnosis,
  format: DiagnosisFormat,
  layout: DiagnosisLayout = PLAIN,
): string {
  switch (format) {
    case 'text':
      return text(diagnosis, layout);
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

function text(diagnosis: Diagnosis, { columns, verbose }: DiagnosisLayout): string {
  const lines = [escapeTerminal(diagnosisLine(diagnosis)), ''];
  const grouped = verbose ? [] : diagnosis.checks.filter(isPermission);
  for (const check of sorted(diagnosis.checks)) {
    if (grouped.includes(check)) continue;
    const ignored = check.ignored ? ' (ignored)' : '';
    lines.push(
      `${MARK[check.result].padEnd(5)}${escapeTerminal(`${check.id}  ${check.title}: ${check.detail}`)}${ignored}`,
    );
    if (check.result !== 'pass') {
      lines.push(`     ${escapeTerminal(`${check.control}; ${check.resource}`)}`);
      if (check.advice !== undefined) lines.push(`     next: ${escapeTerminal(check.advice)}`);
    }
    const supports = supportsText(check);
    if (supports !== undefined) lines.push(wrapText(escapeTerminal(supports), TEXT_WIDTH, '     '));
  }
  if (grouped.length > 0) lines.push('', ...permissionLines(grouped, columns));
  const policy = policyText(diagnosis);
  if (policy !== undefined) lines.push('', 'Permissions to add:', policy);
  return `${lines.join('\n')}\n`;
}

/** The controls that a check supports, in a line; undefined where it supports none. */
function supportsText({ supports }: Diagnosis['checks'][number]): string | undefined {
  return supports.length === 0 ? undefined : `supports ${controlsText(supports)}`;
}

const PERMISSION = 'permission.';

function isPermission({ id }: Check): boolean {
  return id.startsWith(PERMISSION);
}

const MAY: Readonly<Record<CheckResult, string>> = {
  pass: 'may',
  fail: 'may not',
  note: 'may not, or not tried',
  unknown: 'not tried',
};

/** One line for all permissions that are needed for one thing and have one result, and what they lack means. */
function permissionLines(checks: Diagnosis['checks'], columns: number): readonly string[] {
  const groups = new Map<string, Diagnosis['checks'][number][]>();
  for (const check of sorted(checks)) {
    const key = JSON.stringify([check.result, check.control, check.ignored]);
    groups.set(key, [...(groups.get(key) ?? []), check]);
  }
  const lines: string[] = ['Permissions (each with --verbose):'];
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const names = [...new Set(group.map(({ id }) => id.slice(PERMISSION.length)))];
    const purpose = /\((.*)\)$/.exec(first.control)?.[1] ?? first.control;
    const ignored = first.ignored ? ' (ignored)' : '';
    // The same for all of a group: what one cannot do without them.
    const without = first.result === 'pass' ? '' : (/; (without it .*)$/.exec(first.advice ?? '')?.[1] ?? '');
    const said = `${purpose}: ${MAY[first.result]}: ${names.join(', ')}${ignored}${without === '' ? '' : `; ${without}`}`;
    const mark = MARK[first.result].padEnd(5);
    lines.push(mark + wrapText(escapeTerminal(said), Math.max(40, columns) - 5, '     ').trimStart());
  }
  return lines;
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
      controlsText(check.supports),
    ];
    return `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  });
  const policy = policyText(diagnosis);
  const lines = [
    `**${escapeMarkdown(diagnosisLine(diagnosis))}**`,
    '',
    '| result | check | what it asks | what was seen | next | supports |',
    '|---|---|---|---|---|---|',
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

const WEIGHTS = { fail: 'violation', unknown: 'unproven', note: 'note', pass: 'note' } as const;

/** SARIF as code scanning takes it: a result for each check that did not pass, at the path of the resource that it is about. */
function sarif({ checks, target, time, verdict }: Diagnosis): string {
  const shown = sorted(checks).filter(({ result }) => result !== 'pass');
  // Of several checks with one id the heaviest is first.
  const rules = new Map(shown.toReversed().map((check) => [check.id, check]));
  const ids = [...rules.keys()];
  const log = {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'trail-verify doctor',
            version: VERSION,
            semanticVersion: VERSION,
            rules: [...rules.values()].map(({ id, title, control, advice = '', result }) =>
              sarifRule({
                id: sarifText(id),
                title: sarifText(title),
                meaning: sarifText(`${title} (${control}).`),
                advice: sarifText(advice),
                weight: WEIGHTS[result],
                tags: ['cloudtrail', 'configuration'],
              }),
            ),
          },
        },
        invocations: [{ executionSuccessful: true, startTimeUtc: time, endTimeUtc: time }],
        automationDetails: { id: `trail-verify-doctor/${encodedUri(target)}/` },
        results: shown.map((check) => sarifResult(check, ids.indexOf(check.id))),
        columnKind: 'utf16CodeUnits',
        properties: { verdict },
      },
    ],
  };
  return `${asciiJson(log, 2)}\n`;
}

function sarifResult(check: Diagnosis['checks'][number], ruleIndex: number): object {
  const { id, resource, result, detail, advice } = check;
  const identity = createHash('sha256')
    .update(JSON.stringify([id, resource]))
    .digest('hex');
  const text = [`${check.title}: ${detail}`, ...(advice === undefined ? [] : [advice])].join('. ');
  return {
    ruleId: sarifText(id),
    ruleIndex,
    level: sarifLevel(WEIGHTS[result]),
    message: { text: sarifMessage(text) },
    locations: [
      {
        physicalLocation: sarifPlace(relativeUri(resource)),
        logicalLocations: [{ fullyQualifiedName: sarifText(resource), kind: 'resource' }],
      },
    ],
    partialFingerprints: sarifFingerprints(identity),
    suppressions: check.ignored
      ? [{ kind: 'external', status: 'accepted', justification: '--ignore' }]
      : undefined,
  };
}

const COLUMNS = [
  'result',
  'ignored',
  'id',
  'control',
  'title',
  'resource',
  'detail',
  'advice',
  'supports',
] as const;
const WORDS: Readonly<Record<CheckResult, string>> = {
  pass: 'passed',
  fail: 'FAILED',
  unknown: 'unknown',
  note: 'note',
};
/** The colours of a verification's verdicts. */
const TONE = { PASSED: 'VALID', FAILED: 'INVALID', INCONCLUSIVE: 'INCONCLUSIVE' } as const;

/** The checks as CSV (RFC 4180, with a header), one row each; every cell is quoted and safe for a spreadsheet. */
function renderDiagnosisCsv({ checks }: Diagnosis): string {
  const rows = checks.map((check) =>
    COLUMNS.map((column) =>
      column === 'supports' ? check.supports.join('; ') : String(check[column] ?? ''),
    ),
  );
  return [COLUMNS, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

/**
 * The diagnosis as one HTML file that needs nothing else. `sentence` is its verdict in words, `policy` the permissions to
 * add; checks are shown in the order given.
 */
function renderDiagnosisHtml(
  { verdict, target, time, checks }: Diagnosis,
  sentence: string,
  policy: string | undefined,
): string {
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  const csp = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
  const head = element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { 'http-equiv': 'Content-Security-Policy', content: csp }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('title', {}, `${verdict}: ${target}`),
    element('style', {}, trusted(STYLE)),
  );
  const rows = checks.map((check) => [LINE_END, rowOf(check)]);
  const column = (name: string): Content => element('th', { scope: 'col' }, name);
  const body = element(
    'body',
    {},
    element(
      'header',
      {},
      element('h1', {}, 'CloudTrail set-up'),
      element(
        'div',
        { class: `verdict ${TONE[verdict]}` },
        element('p', { class: 'word' }, verdict),
        element('p', {}, sentence),
        element('p', {}, time),
      ),
    ),
    element(
      'main',
      {},
      element(
        'div',
        { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': 'Checks' },
        element(
          'table',
          {},
          element('thead', {}, element('tr', {}, ['Result', 'Check', 'What was seen', 'Next'].map(column))),
          element('tbody', {}, rows),
        ),
      ),
      policy !== undefined && [element('h2', {}, 'Permissions to add'), element('pre', {}, policy)],
    ),
  );
  const page = element('html', { lang: 'en' }, LINE_END, head, LINE_END, body);
  return `${together([trusted('<!doctype html>\n'), page, LINE_END]).markup}`;
}

function rowOf(check: Diagnosis['checks'][number]): Content {
  const { id, control, title, resource, result, detail, advice, ignored } = check;
  const supports = supportsText(check);
  return element(
    'tr',
    {},
    element('td', {}, `${WORDS[result]}${ignored ? ' (ignored)' : ''}`),
    element(
      'th',
      { scope: 'row' },
      `${id}: ${title}`,
      element('div', { class: 'facts' }, `${control}; `, element('code', {}, resource)),
      supports !== undefined && element('div', { class: 'facts' }, supports),
    ),
    element('td', {}, detail),
    element('td', {}, advice),
  );
}

/** What `compliance.status_id` and the severity say of each result; an unknown result is neither pass nor fail. */
const STATUS = {
  pass: { compliance: [1, 'Pass'], severity: [1, 'Informational'] },
  note: { compliance: [2, 'Warning'], severity: [2, 'Low'] },
  unknown: { compliance: [0, 'Unknown'], severity: [3, 'Medium'] },
  fail: { compliance: [3, 'Fail'], severity: [4, 'High'] },
} as const satisfies Record<CheckResult, object>;

/** The checks as OCSF events, a line each. */
function renderDiagnosisOcsf(diagnosis: Diagnosis): string {
  return diagnosis.checks.map((check) => `${asciiJson(eventOf(check, diagnosis))}\n`).join('');
}

function eventOf(check: Diagnosis['checks'][number], { target, time }: Diagnosis): object {
  const { compliance, severity } = STATUS[check.result];
  const at = Date.parse(time);
  const uid = uidOf(check, target);
  const detail = escapeTerminal(check.detail);
  return {
    ...ocsfBase({
      classUid: 2003,
      uid: `${time}/${uid}`,
      time: at,
      product: { name: 'trail-verify doctor' },
    }),
    severity_id: severity[0],
    severity: severity[1],
    ...(check.ignored ? { status_id: 3, status: 'Suppressed' } : {}),
    message: `${check.title}: ${detail}`,
    compliance: {
      control: check.control,
      standards: [check.control, ...check.supports],
      status_id: compliance[0],
      status: compliance[1],
      status_details: [detail],
    },
    finding_info: { uid, title: check.title, desc: detail, created_time: at, types: [check.id] },
    resources: [{ uid: check.resource, name: check.resource }],
    ...(check.advice === undefined ? {} : { remediation: { desc: escapeTerminal(check.advice) } }),
  };
}

/** The same for the same check of the same thing in every run. */
function uidOf({ id, resource }: Check, target: string): string {
  return `${target}/${id}/${resource}`;
}
