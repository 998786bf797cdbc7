/** What the list of tasks may show of each, beside its name, in the order of the table. */
export const COLUMNS = [
  'status',
  'priority',
  'progress',
  'failed',
  'rate',
  'why',
  'labels',
  'pool',
  'initiator',
  'category',
  'type',
  'created',
  'started',
  'ended',
] as const;
export type TaskColumn = (typeof COLUMNS)[number];

const USUAL: readonly TaskColumn[] = ['status', 'progress', 'rate', 'why', 'created'];

/** The columns that an address or this browser names. Unknown names are left out; without any, the usual ones. */
export function readColumns(text: string | null | undefined): readonly TaskColumn[] {
  const named = (text ?? '').split(',');
  const known = COLUMNS.filter((column) => named.includes(column));
  return known.length === 0 ? USUAL : known;
}

export function toColumnsText(columns: readonly TaskColumn[]): string | undefined {
  const text = COLUMNS.filter((column) => columns.includes(column)).join(',');
  return text === '' || text === USUAL.join(',') ? undefined : text;
}

/** With one more or one less. The last one stays. */
export const toggleColumn = (columns: readonly TaskColumn[], column: TaskColumn): readonly TaskColumn[] => {
  const others = columns.filter((each) => each !== column);
  return others.length === columns.length ? [...columns, column] : others.length === 0 ? columns : others;
};
