import type { KeyReport, Report } from '../../report/report.ts';
import { shortTime } from '../facts/coverage.ts';
import { endpointsText } from '../facts/endpoints.ts';
import { countOf, formatCount } from '../words.ts';
import { element, LINE_END, type Markup } from './markup.ts';
import { cell, section, table } from './section.ts';

/** CloudTrail has one key a Region and month; a report over years of many Regions still shows them. */
const MOST_KEYS = 500;

/** The public keys of CloudTrail that everything rests on: what each is, where it came from, and what it was used for. */
export function keysSection(report: Report): Markup {
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
      isForeign && element('div', { class: 'facts' }, "not AWS's; trusted because the run was told to"),
      region !== null && !origin.endsWith(region) && element('div', { class: 'facts' }, region),
    ]),
    cell(`${shortOrNot(validFrom)} to ${shortOrNot(validTo)}`),
    cell(usedByDigests === undefined ? '' : formatCount(usedByDigests), 'number'),
  );
}
