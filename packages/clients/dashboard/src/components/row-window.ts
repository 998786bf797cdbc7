/** Rows above and below what can be seen. */
const SPARE = 10;

/** The highest element that every browser draws at its place, in pixels. Longer lists scroll by larger steps. */
const MOST_PIXELS = 10_000_000;

export interface RowBox {
  /** How far the box is scrolled, in pixels. */
  top: number;
  count: number;
  rowHeight: number;
  height: number;
}

/** Which rows a scrolled box shows, where the first of them stands, and how high all of them are, in pixels. */
export function toWindow({ top, count, rowHeight, height }: RowBox) {
  const real = count * rowHeight;
  const total = Math.min(real, MOST_PIXELS);
  // Where the list is too high to be drawn, the share that is scrolled says which rows are seen.
  const scrolled = total === real ? top : (top / Math.max(1, total - height)) * (real - height);
  const first = Math.max(0, Math.floor(scrolled / rowHeight) - SPARE);
  const end = Math.min(count, Math.ceil((scrolled + height) / rowHeight) + SPARE);
  return { first, end, offset: top - (scrolled - first * rowHeight), total };
}
