import { CATALOGUE } from '../../findings/catalogue.ts';

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
