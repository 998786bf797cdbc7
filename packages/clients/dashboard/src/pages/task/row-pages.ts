/** Rows of a list of known length that are read together. */
export const PAGE_ROWS = 200;

/** The pages, by number, that have these rows. */
export function toPages(first: number, end: number): number[] {
  const from = Math.floor(first / PAGE_ROWS);
  const to = Math.ceil(end / PAGE_ROWS);
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/** Drops the pages farthest from the rows that are seen, so that a long scroll does not fill the memory. */
export function keepNear<Page>(pages: ReadonlyMap<number, Page>, first: number, most: number): Map<number, Page> {
  const centre = Math.floor(first / PAGE_ROWS);
  const near = [...pages].sort(([a], [b]) => Math.abs(a - centre) - Math.abs(b - centre));
  return new Map(near.slice(0, most));
}
