import type { Fill } from './cell-looks';
import { type GridLayout, gapOf, type Run } from './grid-layout';

/** Cells of this many pixels have room for a glyph. */
const GLYPH_FROM = 12;

export interface GridPainter {
  /** Draws these cells, or all of them. */
  paint(cells?: Iterable<number>): void;
  /** Marks cells with a border. */
  mark(runs: readonly Run[]): void;
}

/** Draws cells on a canvas at the pixels of the screen. Colours are the theme's at the time of this call. */
export function createPainter(
  canvas: HTMLCanvasElement,
  layout: GridLayout,
  toFill: (cell: number) => Fill,
): GridPainter {
  const scale = devicePixelRatio;
  const { columns, rows, size, cells } = layout;
  canvas.width = columns * size * scale;
  canvas.height = rows * size * scale;
  canvas.style.width = `${columns * size}px`;
  canvas.style.height = `${rows * size}px`;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.scale(scale, scale);
  context.font = `${Math.floor(size * 0.7)}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const style = getComputedStyle(canvas);
  const found = new Map<string, string>();
  const toColour = (name: string): string => {
    const known = found.get(name) ?? (style.getPropertyValue(`--${name}`).trim() || name);
    found.set(name, known);
    return known;
  };
  const side = size - gapOf(layout);
  const hasGlyphs = size >= GLYPH_FROM;

  function paintCell(cell: number): void {
    const { colour, glyph } = toFill(cell);
    const x = (cell % columns) * size;
    const y = Math.floor(cell / columns) * size;
    context.fillStyle = toColour(colour);
    context.fillRect(x, y, side, side);
    if (!hasGlyphs || glyph === '') return;
    context.fillStyle = toColour('cell-glyph');
    context.fillText(glyph, x + side / 2, y + side / 2 + 1);
  }

  return {
    paint(some) {
      if (some) {
        for (const cell of some) paintCell(cell);
        return;
      }
      context.clearRect(0, 0, columns * size, rows * size);
      for (let cell = 0; cell < cells; cell++) paintCell(cell);
    },
    mark(runs) {
      context.strokeStyle = toColour('text');
      context.lineWidth = 2;
      for (const [first, end] of runs) {
        for (let cell = first; cell < end; ) {
          const row = Math.floor(cell / columns);
          const rowEnd = Math.min(end, (row + 1) * columns);
          context.strokeRect((cell % columns) * size, row * size, (rowEnd - cell) * size - 1, size - 1);
          cell = rowEnd;
        }
      }
    },
  };
}
