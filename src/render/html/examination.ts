import { isoTime } from '../../base/clock.ts';
import { asciiJson } from '../../base/json.ts';
import type { InputFile, MethodRecord, Report, ToolRecord, TrailRecord } from '../../report/report.ts';
import {
  callerText,
  clockText,
  DEPTH_WORDS,
  daysText,
  depthText,
  examinerName,
  FINDS_ONLY,
  hostText,
  narrowingText,
  signerText,
  trustedSpans,
} from '../facts/report.ts';
import { shortTime } from '../facts/timeline.ts';
import { countOf, formatCount } from '../words.ts';
import {
  type Content,
  commands,
  element,
  type Fact,
  factsList,
  LINE_END,
  type Markup,
  section,
  table,
} from './style.ts';

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

const FILE_WORDS: Readonly<Record<InputFile['role'], string>> = {
  keys: 'File of keys',
  expect: 'File of expectations',
  accept: 'File of acceptances',
  config: 'Config file',
  plan: 'Plan, and results of others',
  'shard-signer': 'Certificate of who read shards',
};

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
          FILE_WORDS[role],
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

const paragraph = (...text: readonly Content[]): Markup => element('p', {}, text);

/** How a reader who does not trust this page finds out whether report.json is what its signer signed. */
export function signatureSection(report: Report, sha256: string): Markup {
  const { signing, run } = report;
  const who = signerText(signing);
  const hasTime = mayHaveTime(report);
  return section(
    'signature',
    'How to check the signature',
    paragraph(
      `This page proves nothing by itself: anybody could have written it. Only report.json next to it counts${
        signing === null
          ? '. It was not signed when it was made.'
          : `, with its detached signature, report.json.p7s${signing === undefined ? ', unless the run was not to be signed' : ''}.`
      } OpenSSL 3 checks both; on macOS take the one of Homebrew (openssl@3).`,
    ),
    paragraph('The report that this page was made from has this SHA-256:'),
    commands('openssl dgst -sha256 -r report.json', sha256),
    signing !== null && [
      who !== undefined && paragraph('The report names as its signer: ', element('strong', {}, who), '.'),
      paragraph(
        'Its signature, against the certificate of the signer or of a certification authority (signer.pem). Get the certificate from elsewhere, not from here:',
      ),
      commands(
        'openssl cms -verify -binary -inform DER -in report.json.p7s -content report.json -CAfile signer.pem -partial_chain -out /dev/null',
      ),
      paragraph('Whose signature it is, to compare with the signer that the report names:'),
      commands(
        'openssl cms -verify -binary -inform DER -in report.json.p7s -content report.json -noverify -signer who.pem -out /dev/null',
        'openssl x509 -in who.pem -noout -subject -fingerprint -sha256',
      ),
      hasTime && [
        paragraph('Its time, where report.json.p7s.tsr is there:'),
        commands('openssl ts -verify -data report.json.p7s -in report.json.p7s.tsr -CAfile tsa-ca.pem'),
        paragraph(
          `Once certificates have expired, add -attime with the seconds of the time stamp to the commands that name signer.pem and tsa-ca.pem. This run ended ${isoTime(Date.parse(run.finished))}; a time stamp must not be older.`,
        ),
      ],
      paragraph('All of that, and whether the report agrees with itself and its inventory, in one line:'),
      commands(`trail-verify report verify report.json ${trustOptions(report)}`),
    ],
    bagCommands(report),
  );
}

/** False for a report whose signature was not to be timestamped. */
function mayHaveTime({ signing }: Report): boolean {
  return signing?.timestampRequested !== false;
}

function trustOptions(report: Report): string {
  return `--trust signer.pem${mayHaveTime(report) ? ' --tsa-ca tsa-ca.pem' : ''}`;
}

/** How to check the evidence that the report rests on. */
function bagCommands(report: Report): Content {
  const { evidence, signing } = report;
  if (evidence === undefined) return undefined;
  return [
    element('h3', {}, 'The evidence bag'),
    paragraph(
      'The report belongs to an evidence bag: the digest files with their signatures, the keys and the inventory, byte for byte. VERIFY.md in it explains every step. Its manifest names each file and must have the SHA-256 that the report names; then each file must be as the manifest says:',
    ),
    commands(
      'openssl dgst -sha256 -r manifest-sha256.txt',
      evidence.payloadManifestSha256,
      'sha256sum -c --quiet manifest-sha256.txt',
    ),
    signing !== null && [
      paragraph(
        "All of it, down to AWS's signature of every digest file: with a shell and OpenSSL alone (take verify.sh from elsewhere, or read it first), or with trail-verify:",
      ),
      commands(
        `sh verify.sh signer.pem${mayHaveTime(report) ? ' tsa-ca.pem' : ''}`,
        `trail-verify evidence verify . ${trustOptions(report)}`,
      ),
    ],
  ];
}

/** More of each than a reader goes through; a report from elsewhere may hold any number. */
const MOST_CHAINS = 500;
const MOST_SPANS = 200;
const MOST_HELD = 100;

const TRUSTED_BY_WORDS = {
  signer: 'its signer, whom the run trusts',
  hash: 'its hash, given with --require-checkpoint',
  nobody: 'nothing known: it saved no reading',
} as const;

/** What the run took from an earlier one and what it leaves; nothing for a run without a state. */
export function stateSection(report: Report): Content {
  const { state } = report;
  if (state === undefined) return undefined;
  const { read, checkpoint, sample } = state;
  return section(
    'state',
    'Checkpoint',
    element(
      'p',
      {},
      read !== null && read.trustedBy === null
        ? `This run held what it found against what an earlier one says it had proven; ${FINDS_ONLY}.`
        : 'This run began with the proof of an earlier run. Time that only that checkpoint proves was not read again; a run without --state reads it.',
    ),
    factsList([
      ['State', element('code', {}, state.location)],
      ['Began with', read === null ? 'no checkpoint' : [hash(read.sha256), ' of ', read.written]],
      read === null
        ? undefined
        : ['Signed by', read.signer === null ? 'nobody' : ['certificate with SHA-256 ', hash(read.signer)]],
      read === null ? undefined : ['Trusted by', TRUSTED_BY_WORDS[read.trustedBy ?? 'nobody']],
      ['Leaves', checkpoint === null ? 'no new checkpoint: the one before stays' : hash(checkpoint)],
      ['Depth', depthText(report)],
      ['Days before', daysText(state, MOST_HELD)],
      sample === null
        ? undefined
        : [
            'Drawn',
            [`${Number((sample.rate * 100).toPrecision(6))}% of those days, seed `, hash(sample.seed)],
          ],
    ]),
    depthTable(report),
    trustedTable(report),
  );
}

function hash(text: string): Markup {
  return element('code', {}, text);
}

function depthTable({ chains }: Report): Content {
  const all = chains.flatMap(({ id, depth }) => (depth === undefined ? [] : [{ id, depth }]));
  if (all.length === 0) return undefined;
  const shown = all.slice(0, MOST_CHAINS);
  const of = shown.length < all.length ? `, ${shown.length} of ${formatCount(all.length)}` : '';
  const rows = shown.map(({ id, depth }) =>
    row(element('code', {}, id), [hash(depth), `: ${DEPTH_WORDS[depth]}`]),
  );
  return table(`How deep the run looked${of}`, [['Chain'], ['Depth']], rows);
}

function trustedTable(report: Report): Content {
  const spans = trustedSpans(report);
  if (spans.length === 0) return undefined;
  const rows = spans
    .slice(0, MOST_SPANS)
    .map(({ id, from, to }) => row(`${shortTime(from)} to ${shortTime(to)}`, element('code', {}, id)));
  const rest = spans.length - MOST_SPANS;
  return [
    table('Proven only by the checkpoint, not read again', [['Time (UTC)'], ['Chain']], rows),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more stretch', 'more stretches')} in report.json.`),
  ];
}

function row(head: Content, content: Content): Content {
  return [LINE_END, element('tr', {}, element('th', { scope: 'row' }, head), element('td', {}, content))];
}
