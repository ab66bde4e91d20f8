/** One column: its heading, and whether its cells are numbers, which stand at the right. */
export interface Column {
  readonly heading: string;
  readonly right?: boolean;
}

/**
 * Rows under headings, padded into columns with two spaces between, without a rule; each line behind `indent`.
 * The first line is the headings. Widths count UTF-16 units: cells must be escaped and are ASCII in practice.
 */
export function alignTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  indent: string,
): readonly string[] {
  const headings = columns.map((column) => column.heading);
  const widths = columns.map((column, index) =>
    rows.reduce((width, row) => Math.max(width, (row[index] ?? '').length), column.heading.length),
  );
  return [headings, ...rows].map((row) => {
    const cells = columns.map((column, index) => {
      const cell = row[index] ?? '';
      const width = widths[index] ?? 0;
      return column.right === true ? cell.padStart(width) : cell.padEnd(width);
    });
    return (indent + cells.join('  ')).trimEnd();
  });
}
