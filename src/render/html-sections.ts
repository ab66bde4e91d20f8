import { isoTime } from '../clock.ts';
import type { Report } from '../report/report.ts';
import { authoritativeSentence } from './authoritative.ts';
import { type Content, element, LINE_END, type Markup, together } from './markup.ts';
import { keyOrigins } from './text.ts';
import { verdictSentence, verifiedThroughSentence } from './verdict-sentence.ts';
import { countOf, formatBytes } from './words.ts';

const VERDICT_SIGN = { VALID: '✓', INVALID: '✗', INCONCLUSIVE: '?' } as const;

/** The head of the page: what it is, the verdict in a sentence, and which file is authoritative. */
export function headSection(report: Report, sha256: string): Markup {
  return element(
    'header',
    {},
    element('h1', {}, 'CloudTrail log file integrity'),
    element(
      'div',
      { class: `verdict ${report.verdict}` },
      element(
        'p',
        { class: 'word' },
        element('span', { 'aria-hidden': 'true' }, `${VERDICT_SIGN[report.verdict]} `),
        report.verdict,
      ),
      element('p', {}, verdictSentence(report)),
      element('p', {}, verifiedThroughSentence(report)),
    ),
    element('p', { class: 'authoritative' }, authoritativeSentence(sha256)),
  );
}

/** What was verified, when, from where and with what. */
export function summarySection(report: Report): Markup {
  const { requested } = report.window;
  const { digests, logs, bytes } = report.totals;
  const facts: (readonly [string, Content])[] = [
    ['Target', element('code', {}, report.source.target)],
    ...report.source.relocated.map(
      ({ from, to }) =>
        [
          'Relocated',
          [element('code', {}, `s3://${from}`), ' to ', element('code', {}, `s3://${to}`)],
        ] as const,
    ),
    ['Window', `${requested.from ?? 'everything found'} to ${requested.to}`],
    [
      'Checked',
      `${countOf(digests.valid + digests.invalid, 'digest file')} and ${countOf(logs.valid + logs.invalid, 'log file')} of ${countOf(report.chains.length, 'chain')}; ${formatBytes(bytes.read)} read (${formatBytes(bytes.inflated)} inflated)`,
    ],
    ['Public keys', keyOrigins(report)],
    ['Run', [element('code', {}, report.run.id), `, ${report.run.started} to ${report.run.finished}`]],
    ['Tool', `${report.tool.name} ${report.tool.version} on Node.js ${report.tool.node}`],
  ];
  return element(
    'section',
    { id: 'summary', 'aria-labelledby': 'summary-heading' },
    element('h2', { id: 'summary-heading' }, 'What was verified'),
    element(
      'dl',
      {},
      facts.map(([name, value]) => [LINE_END, element('dt', {}, name), element('dd', {}, value)]),
    ),
  );
}

/** More limits than a run has; a report from elsewhere may hold any number. */
const MOST_LIMITS = 200;

/** What was not checked. */
export function limitsSection(report: Report): Markup {
  const rest = report.limits.length - MOST_LIMITS;
  return element(
    'section',
    { id: 'limits', 'aria-labelledby': 'limits-heading' },
    element('h2', { id: 'limits-heading' }, 'What was not checked'),
    element(
      'ul',
      {},
      report.limits.slice(0, MOST_LIMITS).map((limit) => [LINE_END, element('li', {}, limit.text)]),
    ),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more limit')} in report.json.`),
  );
}

/** How a reader who does not trust this page finds out whether report.json is what its signer signed. */
export function signatureSection(report: Report, sha256: string): Markup {
  const command = (...lines: readonly string[]) =>
    element('pre', {}, element('code', {}, together(lines.map((line) => [line, LINE_END]))));
  return element(
    'section',
    { id: 'signature', 'aria-labelledby': 'signature-heading' },
    element('h2', { id: 'signature-heading' }, 'How to check the signature'),
    element(
      'p',
      {},
      'This page proves nothing by itself: anybody could have written it. What counts is report.json beside it and its detached signature, report.json.p7s, unless the run was told not to sign. OpenSSL 3 checks both; on macOS take the one of Homebrew (openssl@3).',
    ),
    element('p', {}, 'The report that this page was made from has this SHA-256:'),
    command('openssl dgst -sha256 -r report.json', sha256),
    element(
      'p',
      {},
      'Its signature, against the certificate of the signer or of a certification authority (signer.pem) that you had from somewhere else than from here:',
    ),
    command(
      'openssl cms -verify -binary -inform DER -in report.json.p7s -content report.json -CAfile signer.pem -partial_chain -out /dev/null',
    ),
    element('p', {}, 'Its time, where report.json.p7s.tsr is there:'),
    command('openssl ts -verify -data report.json.p7s -in report.json.p7s.tsr -CAfile tsa-ca.pem'),
    element(
      'p',
      {},
      `Once the signer's certificate has expired, add -attime with the seconds of the time stamp to the second command. This run ended ${isoTime(Date.parse(report.run.finished))}; a time stamp must not be older.`,
    ),
  );
}
