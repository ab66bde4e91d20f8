import { createHash } from 'node:crypto';
import type { Report } from '../report/report.ts';
import { authoritativeSentence } from './authoritative.ts';
import { coverageSection } from './html-coverage.ts';
import { findingsSection } from './html-findings.ts';
import { SCRIPT } from './html-script.ts';
import { headSection, limitsSection, signatureSection, summarySection } from './html-sections.ts';
import { STYLE } from './html-style.ts';
import { element, LINE_END, together, trusted } from './markup.ts';

/** CSP Level 3: the one style sheet and the one script by their hashes; nothing may be loaded from anywhere. */
function contentSecurityPolicy(): string {
  const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; style-src ${sha256(STYLE)}; script-src ${sha256(SCRIPT)}; base-uri 'none'; form-action 'none'`;
}

const SECTIONS = [
  ['summary', 'What was verified'],
  ['coverage', 'Coverage'],
  ['findings', 'Findings'],
  ['limits', 'What was not checked'],
  ['signature', 'How to check the signature'],
] as const;

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
    element('title', {}, `${report.verdict}: CloudTrail log file integrity`),
    element('style', {}, trusted(STYLE)),
  );
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
        SECTIONS.map(([id, name]) => element('li', {}, element('a', { href: `#${id}` }, name))),
      ),
    ),
    LINE_END,
    element(
      'main',
      {},
      [summarySection(report), coverageSection(report), findingsSection(report)].flatMap((part) => [
        part,
        LINE_END,
      ]),
      [limitsSection(report), LINE_END, signatureSection(report, sha256), LINE_END],
    ),
    LINE_END,
    element('footer', {}, element('p', {}, authoritativeSentence(sha256))),
    element('script', {}, trusted(SCRIPT)),
  );
  const page = element('html', { lang: 'en' }, LINE_END, head, LINE_END, body);
  return `${together([trusted('<!doctype html>\n'), page, LINE_END]).markup}`;
}
