import { createHash } from 'node:crypto';
import { verdictHeadline } from '../../report/finding-counts.ts';
import type { Report } from '../../report/report.ts';
import { authoritativeSentence } from '../facts/authoritative.ts';
import { coverageSection } from './coverage.ts';
import { examinationSection } from './examination.ts';
import { findingsSection } from './findings.ts';
import { headSection } from './head.ts';
import { inventorySection } from './inventory.ts';
import { keysSection } from './keys.ts';
import { limitsSection } from './limits.ts';
import { type Content, element, LINE_END, together, trusted } from './markup.ts';
import { SCRIPT } from './script.ts';
import { signatureSection } from './signature.ts';
import { stateSection } from './state.ts';
import { STYLE } from './style.ts';
import { summarySection } from './summary.ts';

/** CSP Level 3: the one style sheet and the one script by their hashes; nothing may be loaded from anywhere. */
function contentSecurityPolicy(): string {
  const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; style-src ${sha256(STYLE)}; script-src ${sha256(SCRIPT)}; base-uri 'none'; form-action 'none'`;
}

/** The sections in their order: where a link leads to, its text, and what is there; undefined leaves it out. */
function sectionsOf(report: Report, sha256: string): readonly (readonly [string, string, Content])[] {
  return [
    ['summary', 'What was verified', summarySection(report)],
    ['coverage', 'Coverage', coverageSection(report)],
    ['findings', 'Findings', findingsSection(report)],
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
 * the findings, it shows all the same.
 */
export function renderHtml(report: Report, sha256: string): string {
  const head = element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy() }),
    element('meta', { name: 'referrer', content: 'no-referrer' }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('title', {}, `${verdictHeadline(report)}: CloudTrail log file integrity`),
    element('style', {}, trusted(STYLE)),
  );
  const sections = sectionsOf(report, sha256).filter(([, , part]) => part !== undefined);
  const body = element(
    'body',
    {},
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
    element('script', {}, trusted(SCRIPT)),
  );
  const page = element('html', { lang: 'en' }, LINE_END, head, LINE_END, body);
  return `${together([trusted('<!doctype html>\n'), page, LINE_END]).markup}`;
}
