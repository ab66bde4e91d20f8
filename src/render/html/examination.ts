import { asciiJson } from '../../base/json.ts';
import type { MethodRecord, ToolRecord, TrailRecord } from '../../report/examination.ts';
import type { Report } from '../../report/report.ts';
import { callerText, clockText, examinerName, hostText, narrowingText } from '../facts/report.ts';
import { countOf } from '../words.ts';
import { type Content, element, LINE_END, type Markup } from './markup.ts';
import { commands, type Fact, factsList, section } from './section.ts';

/** More of each than a run has; a report from elsewhere may hold any number. */
const MOST_ARGUMENTS = 200;
const MOST_FILES = 100;
const MOST_STEPS = 100;
const MOST_DEPENDENCIES = 100;
/** What AWS says of a trail of an organization with hundreds of accounts is longer: report.json has all of it. */
const MOST_TRAIL_CHARACTERS = 20_000;

/** Who examined, where, when and how, as far as the report says. */
export function examinationSection(report: Report): Content {
  const { reportId, caseRef, supersedes, examiner, clock, scope, method, trail } = report;
  if (reportId === undefined && examiner === undefined && method === undefined) return undefined;
  return section(
    'examination',
    'Examination',
    factsList([
      fact('Report', reportId, 'code'),
      fact('Case', caseRef),
      fact('Replaces report', supersedes, 'code'),
      examiner && ['Examiner', examinerName(report) ?? 'not named'],
      examiner && ['AWS identity', callerText(examiner.awsCaller)],
      examiner && ['Machine', hostText(examiner.host)],
      ['Time', `${report.run.started} to ${report.run.finished}`],
      clock && ['Clock', clockText(clock)],
      ['Program', programText(report.tool)],
      ...dependencies(report.tool),
      ...inputs(report),
      scope && ['Scope', [scope.statement, ' ', narrowingText(report)]],
    ]),
    method && methodPart(method),
    trail && trailPart(trail),
  );
}

function fact(name: string, text: string | undefined, tag?: 'code'): Fact {
  return text === undefined ? undefined : [name, tag === undefined ? text : element(tag, {}, text)];
}

function programText({ name, version, node, openssl, platform, buildDigest, selfTest }: ToolRecord): Content {
  const on = [`Node.js ${node}`, openssl && `OpenSSL ${openssl}`, platform].filter(Boolean).join(', ');
  const tested =
    selfTest &&
    `; self-test of ${countOf(selfTest.vectors, 'known answer')} ${selfTest.passed ? 'passed' : 'FAILED'}`;
  const build =
    typeof buildDigest === 'string'
      ? ['; build SHA-256 ', element('code', {}, buildDigest)]
      : buildDigest === null && '; run from its sources, which have no build to name';
  return [`${name} ${version} on ${on}`, tested, build];
}

function dependencies({ dependencies: versions }: ToolRecord): readonly Fact[] {
  const all = Object.entries(versions ?? {});
  if (all.length === 0) return [];
  const named = all.slice(0, MOST_DEPENDENCIES).map(([name, version]) => `${name} ${version}`);
  return [['Packages', `${named.join(', ')}${more(all.length - named.length)}`]];
}

function inputs({ inputs: given }: Report): readonly Fact[] {
  if (given === undefined) return [];
  const words = given.arguments.slice(0, MOST_ARGUMENTS);
  return [
    [
      'Arguments',
      [words.map((word) => [element('code', {}, word), ' ']), more(given.arguments.length - words.length)],
    ],
    ...given.files
      .slice(0, MOST_FILES)
      .map(
        ({ role, name, sha256 }): Fact => [
          role === 'keys' ? 'File of keys' : 'File of expectations',
          [element('code', {}, name), ', SHA-256 ', element('code', {}, sha256)],
        ],
      ),
  ];
}

function more(rest: number): string {
  return rest > 0 ? ` … and ${rest} more in report.json` : '';
}

function methodPart({ id, reference, steps }: MethodRecord): Content {
  return [
    element('h3', {}, 'Method'),
    element('p', {}, element('code', {}, id), ', after ', element('code', {}, reference)),
    element(
      'ol',
      {},
      steps.slice(0, MOST_STEPS).map((step) => [LINE_END, element('li', {}, step)]),
    ),
  ];
}

function trailPart({ description, sha256 }: TrailRecord): readonly Markup[] {
  const text = asciiJson(description, 2);
  const shown = text.slice(0, MOST_TRAIL_CHARACTERS);
  return [
    element('h3', {}, 'The trail, as AWS described it'),
    element('p', {}, 'SHA-256 of the description without white space: ', element('code', {}, sha256)),
    commands(...shown.split('\n'), ...(shown.length < text.length ? ['… the rest is in report.json'] : [])),
  ];
}
