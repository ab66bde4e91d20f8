import { CATALOGUE, FINDING_CODES } from '../../findings/catalogue.ts';
import type { FindingCode } from '../../findings/finding.ts';
import { wrapText } from '../words.ts';
import { alignTable, type Paint, weightTone } from './terminal.ts';

/** One finding code explained: title, weight, meaning and what to do next; ends with a newline. */
export function renderExplanation(code: FindingCode, columns: number, paint: Paint): string {
  const words = CATALOGUE[code];
  const weight = [words.weight, words.heavier, words.lighter].filter((part) => part !== undefined).join('; ');
  const sections: readonly (readonly [string, string])[] = [
    ['weight', weight],
    ['meaning', words.meaning],
    ['next', words.advice],
  ];
  const lines = sections.map(([label, text]) => {
    const indent = ' '.repeat('  meaning  '.length);
    return `  ${paint('faint', label.padEnd(9))}${wrapText(text, columns, indent).slice(indent.length)}`;
  });
  return `${paint(weightTone(words.weight), code)}  ${words.title}\n\n${lines.join('\n')}\n`;
}

/** Every finding code with its weight and title, one a line; ends with a newline. */
export function renderCatalogue(): string {
  const rows = FINDING_CODES.map((code) => [code, CATALOGUE[code].weight, CATALOGUE[code].title]);
  const columns = [{ heading: 'code' }, { heading: 'weight' }, { heading: 'what it is' }];
  return `${alignTable(columns, rows, '').join('\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** Every finding code as a Markdown table (code, weight, what it means), for the README; ends with a newline. */
export function renderFindingsTable(): string {
  const rows = Object.entries(CATALOGUE).map(([code, words]) => {
    const weight = [words.weight, words.heavier, words.lighter]
      .filter((part) => part !== undefined)
      .join('; ');
    return `| \`${code}\` | ${cell(weight)} | **${cell(words.title)}.** ${cell(words.meaning)} |`;
  });
  return `${['| code | weight | meaning |', '|---|---|---|', ...rows].join('\n')}\n`;
}
