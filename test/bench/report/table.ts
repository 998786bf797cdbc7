export interface Table {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** A table of figures, each beside what it is measured against. */
export const toFigures = (...rows: Table['rows']): Table => ({ head: ['what', 'figure', 'aim'], rows });

/** 12,345; three digits below 100. */
export const toNumber = (value: number): string =>
  value.toLocaleString('en', value < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });

/** For a terminal: columns of equal width, numbers to the right. */
export function toTextTable({ head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const isNumber = (column: number) => rows.every((row) => /^[\d<≤-]|^$/.test(row[column] ?? ''));
  const toLine = (row: readonly string[]) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return column > 0 && isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return `${all.map(toLine).join('\n')}\n`;
}

export const toMarkdownTable = ({ head, rows }: Table): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${head.map((_, column) => row[column] ?? '').join(' | ')} |`)
    .join('\n');
