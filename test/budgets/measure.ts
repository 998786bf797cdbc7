import type { RecordedCommand } from '@cyberstroll/testkit';

/** What one pass or request may ask of the database. */
export interface Budget {
  commands: number;
  /** Size of all replies, 1 kB = 1,000 bytes. */
  kilobytes: number;
}

/** What it has asked. */
export const toCost = (commands: readonly RecordedCommand[]): Budget => ({
  commands: commands.length,
  kilobytes: Math.ceil(commands.reduce((sum, { replyBytes = 0 }) => sum + replyBytes, 0) / 1_000),
});

/** A line per name, with what is needed beside its budget. `isOver` if one of them needs more. */
export function compare(
  budgets: Readonly<Record<string, readonly [commands: number, kilobytes: number]>>,
  costs: ReadonlyMap<string, Budget>,
): { table: string; isOver: boolean } {
  const rows = [...costs].map(([name, { commands, kilobytes }]) => {
    const [most, mostKilobytes] = budgets[name] ?? [0, 0];
    const isOver = commands > most || kilobytes > mostKilobytes;
    const line = [
      `${isOver ? '!' : ' '} ${name}`.padEnd(44),
      `${commands} of ${most} commands`.padStart(24),
      `${kilobytes} of ${mostKilobytes} kB`.padStart(20),
    ];
    return { line: line.join(''), isOver };
  });
  return { table: rows.map(({ line }) => line).join('\n'), isOver: rows.some(({ isOver }) => isOver) };
}
