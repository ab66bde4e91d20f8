import { CATALOGUE } from '../../findings/catalogue.ts';
import type { Finding } from '../../findings/finding.ts';
import type { FindingsOf } from '../../report/finding-counts.ts';
import { escapeTerminal } from '../escape.ts';
import { findingFacts } from '../facts/findings.ts';
import { countOfWeight, type FindingGroup, groupFindings, whereTheRestIs } from '../facts/group-findings.ts';
import { countOf, wrapText } from '../words.ts';
import { proseColumns, type TextOptions } from './options.ts';
import { weightTone } from './terminal.ts';

/** Objects shown of one code; `--verbose` shows more, `report.json` has all. */
const MOST_OBJECTS_SHOWN = 10;
const MOST_OBJECTS_SHOWN_VERBOSE = 1000;
const MARGIN = '  ';
const LABEL_WIDTH = 'meaning  '.length;

/** The lines of the findings section: one block a code, with what it means, what to do and the first objects. */
export function findingsSection(report: FindingsOf, options: TextOptions): readonly string[] {
  const where = escapeTerminal(whereTheRestIs(report));
  const blocks = groupFindings(report).map((group) => groupLines(group, where, options));
  return blocks.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

function groupLines(group: FindingGroup, where: string, options: TextOptions): readonly string[] {
  const words = CATALOGUE[group.code];
  const label = options.paint(weightTone(group.weight), `${group.code}`);
  const head = `${MARGIN}${label}  ${words.title}: ${countOfWeight(group.count, group.weight)}`;
  const most = options.verbose ? MOST_OBJECTS_SHOWN_VERBOSE : MOST_OBJECTS_SHOWN;
  const lines = [
    head,
    labelled('meaning', words.meaning, options),
    labelled('next', words.advice, options),
    ...group.findings.slice(0, most).flatMap((finding) => objectLines(finding, options)),
  ];
  const rest = group.count - Math.min(most, group.findings.length);
  if (rest > 0) lines.push(`${MARGIN}${MARGIN}- and ${countOf(rest, 'more', 'more')}, all in ${where}`);
  return lines;
}

function labelled(label: string, text: string, options: TextOptions): string {
  const indent = MARGIN + MARGIN + ' '.repeat(LABEL_WIDTH);
  const wrapped = wrapText(text, proseColumns(options), indent);
  return MARGIN + MARGIN + options.paint('faint', label.padEnd(LABEL_WIDTH)) + wrapped.slice(indent.length);
}

function objectLines(finding: Finding, options: TextOptions): readonly string[] {
  const { uri, signedAs, versionId } = finding.object;
  const facts = [...findingFacts(finding)];
  if (signedAs !== undefined) facts.push(`signed as ${signedAs}`);
  if (versionId !== undefined) facts.push(`version ${versionId}`);
  const lines = [`${MARGIN}${MARGIN}- ${escapeTerminal(uri)}`];
  if (facts.length > 0) {
    lines.push(wrapText(facts.map(escapeTerminal).join('; '), proseColumns(options), `${MARGIN}${MARGIN}  `));
  }
  return lines;
}
