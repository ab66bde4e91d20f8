import { verdictHeadline } from '../../report/findings-beyond.ts';
import type { KeyReport, Report } from '../../report/report.ts';
import { queriesText, queryRows } from '../facts/queries.ts';
import type { Recovered } from '../facts/recovered.ts';
import { authoritativeSentence, endpointsText } from '../facts/report.ts';
import { shortTime } from '../facts/timeline.ts';
import { verdictSentence, verifiedThroughSentence } from '../facts/verdict.ts';
import { keyOrigins } from '../text/text.ts';
import { countOf, formatBytes, formatCount } from '../words.ts';
import { examinationSection, signatureSection, stateSection } from './examination.ts';
import { SCRIPT } from './filter.ts';
import { findingsSection } from './findings.ts';
import { placesSection } from './places.ts';
import { RECOVERED_STYLE, recoveredSection } from './recovered.ts';
import {
  type Content,
  cell,
  commands,
  element,
  type Fact,
  factsList,
  LINE_END,
  type Markup,
  STYLE,
  section,
  table,
  verdictWord,
  wholePage,
} from './style.ts';
import { coverageSection, shareText } from './timeline.ts';

/** The sections in their order: where a link leads to, its text, and what is there; undefined leaves it out. */
function sectionsOf(
  report: Report,
  sha256: string,
  recovered: Recovered | undefined,
): readonly (readonly [string, string, Content])[] {
  return [
    ['summary', 'What was verified', summarySection(report)],
    ['findings', 'Findings', findingsSection(report)],
    ['places', 'Accounts and Regions', placesSection(report)],
    ['coverage', 'Coverage', coverageSection(report, recovered)],
    ['recovered', 'Recovered events', recovered && recoveredSection(recovered)],
    ['queries', 'Query results', queriesSection(report)],
    ['state', 'Checkpoint', stateSection(report)],
    ['limits', 'What was not checked', limitsSection(report)],
    ['examination', 'Examination', examinationSection(report)],
    ['keys', 'Trust anchors', keysSection(report)],
    ['inventory', 'Inventory', inventorySection(report)],
    ['signature', 'How to check the signature', signatureSection(report, sha256)],
  ];
}

/**
 * The report as one HTML file that needs nothing else: no network, a strict content security policy, light and
 * dark, and paper. `sha256` is that of report.json. Every name in it is escaped; without its script, which filters
 * the findings, it shows all the same. What a witness `recovered` is shown where it is given.
 */
export function renderHtml(report: Report, sha256: string, recovered?: Recovered | undefined): string {
  const style = recovered === undefined ? STYLE : STYLE + RECOVERED_STYLE;
  const sections = sectionsOf(report, sha256, recovered).filter(([, , part]) => part !== undefined);
  return wholePage(
    `${verdictHeadline(report)}: CloudTrail log file integrity`,
    { style, script: SCRIPT },
    element('a', { class: 'skip', href: '#findings' }, 'Skip to the findings'),
    LINE_END,
    headSection(report, sha256),
    LINE_END,
    element(
      'nav',
      { 'aria-label': 'Sections' },
      element(
        'ul',
        {},
        sections.map(([id, name]) => element('li', {}, element('a', { href: `#${id}` }, name))),
      ),
    ),
    LINE_END,
    element(
      'main',
      {},
      sections.map(([, , part]) => [part, LINE_END]),
    ),
    LINE_END,
    element('footer', {}, element('p', {}, authoritativeSentence(sha256))),
  );
}

/** The head of the page: what it is, the verdict in a sentence, and which file is authoritative. */
function headSection(report: Report, sha256: string): Markup {
  return element(
    'header',
    {},
    element('h1', {}, 'CloudTrail log file integrity'),
    element(
      'div',
      { class: `verdict ${report.verdict}` },
      verdictWord(report.verdict, verdictHeadline(report)),
      element('p', {}, verdictSentence(report)),
      element('p', {}, verifiedThroughSentence(report)),
    ),
    element('p', { class: 'authoritative' }, authoritativeSentence(sha256)),
  );
}

/** More moved places than a run names; a report from elsewhere may hold any number. */
const MOST_RELOCATED = 200;

/** What was verified, in numbers. */
function summarySection(report: Report): Markup {
  const { requested } = report.window;
  const { digests, logs, bytes } = report.totals;
  const { evidence } = report;
  return section(
    'summary',
    'What was verified',
    factsList([
      ['Target', element('code', {}, report.source.target)],
      ...(report.source.readAs ?? [])
        .slice(0, MOST_RELOCATED)
        .map((place): Fact => ['Read as', element('code', {}, place)]),
      ...report.source.relocated
        .slice(0, MOST_RELOCATED)
        .map(
          ({ from, to }): Fact => [
            'Relocated',
            [element('code', {}, `s3://${from}`), ' to ', element('code', {}, `s3://${to}`)],
          ],
        ),
      ['Window', `${requested.from ?? 'everything found'} to ${requested.to}`],
      [
        'Checked',
        `${countOf(digests.valid + digests.invalid, 'digest file')} and ${countOf(logs.valid + logs.invalid, 'log file')} of ${countOf(report.chains.length, 'chain')}; ${formatBytes(bytes.read)} read (${formatBytes(bytes.inflated)} inflated)`,
      ],
      ['Proven', shareText(report)],
      ['Public keys', keyOrigins(report)],
      ['Run', [element('code', {}, report.run.id), `, ${report.run.started} to ${report.run.finished}`]],
      evidence && [
        'Evidence bag',
        ['manifest-sha256.txt ', element('code', {}, evidence.payloadManifestSha256)],
      ],
      ['Tool', `${report.tool.name} ${report.tool.version} on Node.js ${report.tool.node}`],
    ]),
  );
}

/** Sets of query results in the page; report.json has all. */
const MOST_SETS = 500;

/** The query results of CloudTrail Lake, set by set; nothing where there are none. */
function queriesSection(report: Report): Content {
  const text = queriesText(report);
  if (text === undefined) return undefined;
  const rows = queryRows(report);
  const rest = rows.length - MOST_SETS;
  return section(
    'queries',
    'Query results of CloudTrail Lake',
    element('p', {}, text, '. No signature covers names, Region, time and place.'),
    table(
      'Sets of query results',
      [['Folder'], ['Outcome'], ['Region'], ['Query ended (UTC)'], ['Key'], ['Files valid', 'number']],
      rows
        .slice(0, MOST_SETS)
        .map(({ uri, outcome, region, completed, fingerprint, files }) => [
          LINE_END,
          element(
            'tr',
            {},
            element('th', { scope: 'row' }, element('code', {}, uri)),
            cell(outcome),
            cell(region),
            cell(completed),
            cell(element('code', {}, fingerprint)),
            cell(files, 'number'),
          ),
        ]),
    ),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more set')} in report.json.`),
  );
}

/** More limits than a run has; a report from elsewhere may hold any number. */
const MOST_LIMITS = 200;

/** What was not checked. */
function limitsSection({ limits }: Report): Markup {
  const rest = limits.length - MOST_LIMITS;
  return section(
    'limits',
    'What was not checked',
    element(
      'ul',
      {},
      limits.slice(0, MOST_LIMITS).map((limit) => [LINE_END, element('li', {}, limit.text)]),
    ),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more limit')} in report.json.`),
  );
}

/** A name that is one word to every shell: a command with another one could do anything. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/;

/** The inventory of every object that was checked, and the Merkle root that binds it; nothing where there is none. */
function inventorySection({ objects }: Report): Content {
  if (objects === undefined) return undefined;
  const { inventory, merkle } = objects;
  return section(
    'inventory',
    'Inventory of every object',
    element(
      'p',
      {},
      'The inventory next to the report has a line for each object that was checked: its place, its hashes and its outcome. The root below is in the signed report, so no line can be changed, added or left out unnoticed.',
    ),
    factsList([
      ['File', element('code', {}, inventory.path)],
      ['Lines', formatCount(inventory.lines)],
      ['SHA-256', [element('code', {}, inventory.sha256), ' of its lines, uncompressed']],
      ['Merkle root', element('code', {}, merkle.root)],
      ['Tree', `${merkle.algorithm} over ${formatCount(merkle.size)} leaves; a leaf is ${merkle.leaf}`],
      ['Order', merkle.order],
    ]),
    PLAIN_NAME.test(inventory.path) && [
      element('p', {}, 'Its SHA-256, and a proof for one object that is small enough to mail:'),
      commands(
        `gzip -dc ${inventory.path} | openssl dgst -sha256 -r`,
        'trail-verify prove s3://BUCKET/KEY --report report.json --keys cloudtrail-keys.jsonl --output proof.json',
        'trail-verify proof verify proof.json --report report.json --keys cloudtrail-keys.jsonl',
      ),
    ],
  );
}

/** CloudTrail has one key a Region and month; a report over years of many Regions still shows them. */
const MOST_KEYS = 500;

/** The public keys of CloudTrail that everything rests on: what each is, where it came from, and what it was used for. */
function keysSection(report: Report): Markup {
  const { keys } = report;
  const endpoints = endpointsText(report);
  const rest = keys.length - MOST_KEYS;
  return section(
    'keys',
    'Trust anchors',
    element(
      'p',
      {},
      'Every result rests on these public keys of CloudTrail. AWS gives no certificate for them: they are trusted because of where they came from.',
    ),
    endpoints !== undefined && element('p', {}, 'Endpoints in place of the usual ones: ', endpoints, '.'),
    keys.length === 0
      ? element('p', {}, 'No key was used.')
      : table(
          'Public keys of CloudTrail',
          [['Fingerprint'], ['Key'], ['Came from'], ['Valid (UTC)'], ['Digests proven', 'number']],
          keys.slice(0, MOST_KEYS).map((key) => [LINE_END, keyRow(key)]),
        ),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more key')} in report.json.`),
  );
}

function shortOrNot(time: string | null): string {
  return time === null ? 'not known' : shortTime(time);
}

function keyRow(key: KeyReport): Markup {
  const { fingerprint, bits, exponent, sha256, origin, region, validFrom, validTo, usedByDigests } = key;
  const isForeign = key.endpoint !== undefined && key.trusted !== false;
  const kind =
    bits === undefined ? '' : `RSA, ${bits} bits${exponent === undefined ? '' : `, e ${exponent}`}`;
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, element('code', {}, fingerprint)),
    cell([
      kind,
      sha256 !== undefined && element('div', { class: 'facts' }, 'SHA-256 ', element('code', {}, sha256)),
    ]),
    cell([
      origin,
      // A key from the API came from its Region, which its origin names.
      key.trusted === false && element('div', { class: 'facts' }, 'not trusted: it proved nothing'),
      isForeign &&
        element('div', { class: 'facts' }, "not AWS's; trusted because --trust-endpoint-keys was given"),
      region !== null && !origin.endsWith(region) && element('div', { class: 'facts' }, region),
    ]),
    cell(`${shortOrNot(validFrom)} to ${shortOrNot(validTo)}`),
    cell(usedByDigests === undefined ? '' : formatCount(usedByDigests), 'number'),
  );
}
