import type { Report } from '../../report/report.ts';
import { countOf } from '../words.ts';
import { element, LINE_END, type Markup } from './markup.ts';
import { section } from './section.ts';

/** More limits than a run has; a report from elsewhere may hold any number. */
const MOST_LIMITS = 200;

/** What was not checked. */
export function limitsSection({ limits }: Report): Markup {
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
