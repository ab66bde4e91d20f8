import { verdictHeadline } from '../../report/finding-counts.ts';
import type { Report } from '../../report/report.ts';
import { authoritativeSentence } from '../facts/authoritative.ts';
import { verdictSentence, verifiedThroughSentence } from '../facts/verdict-sentence.ts';
import { element, type Markup } from './markup.ts';

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
        verdictHeadline(report),
      ),
      element('p', {}, verdictSentence(report)),
      element('p', {}, verifiedThroughSentence(report)),
    ),
    element('p', { class: 'authoritative' }, authoritativeSentence(sha256)),
  );
}
