import type { Report } from '../../report/report.ts';
import { keyOrigins } from '../text/text.ts';
import { countOf, formatBytes } from '../words.ts';
import { element, type Markup } from './markup.ts';
import { type Fact, factsList, section } from './section.ts';

/** More moved places than a run names; a report from elsewhere may hold any number. */
const MOST_RELOCATED = 200;

/** What was verified, in numbers. */
export function summarySection(report: Report): Markup {
  const { requested } = report.window;
  const { digests, logs, bytes } = report.totals;
  const { evidence } = report;
  return section(
    'summary',
    'What was verified',
    factsList([
      ['Target', element('code', {}, report.source.target)],
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
