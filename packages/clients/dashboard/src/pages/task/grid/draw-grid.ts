import type { Fill } from './cell-looks';
import { type GridLayout, gapOf, type Run } from './grid-layout';

/** Cells of this many pixels have room for a glyph. */
const GLYPH_FROM = 12;

export interface GridPainter {
  /** Draws these cells, or all of them. */
  paint(cells?: Iterable<number>): void;
}

/** Draws cells on a canvas. Colours are the theme's at the time of this call. */
export function createPainter(
  canvas: HTMLCanvasElement,
  layout: GridLayout,
  toFill: (cell: number) => Fill,
): GridPainter {
  const { columns, rows, size, cells } = layout;
  const context = prepare(canvas, layout);
  context.font = `${Math.floor(size * 0.7)}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const toColour = createColours(canvas);
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
  };
}

/** Draws borders around runs of cells on a canvas of its own, above the one with the cells. */
export function drawMarks(canvas: HTMLCanvasElement, layout: GridLayout, runs: readonly Run[]): void {
  const { columns, size } = layout;
  const context = prepare(canvas, layout);
  context.strokeStyle = createColours(canvas)('text');
  context.lineWidth = 2;
  for (const [first, end] of runs) {
    for (let cell = first; cell < end; ) {
      const rowEnd = Math.min(end, (Math.floor(cell / columns) + 1) * columns);
      context.strokeRect((cell % columns) * size, Math.floor(cell / columns) * size, (rowEnd - cell) * size, size);
      cell = rowEnd;
    }
  }
}

/** An empty canvas of the layout's size, at the pixels of the screen. */
function prepare(canvas: HTMLCanvasElement, { columns, rows, size }: GridLayout): CanvasRenderingContext2D {
  const scale = devicePixelRatio;
  canvas.width = columns * size * scale;
  canvas.height = rows * size * scale;
  canvas.style.width = `${columns * size}px`;
  canvas.style.height = `${rows * size}px`;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.scale(scale, scale);
  return context;
}

/** Colours by the name of a CSS variable without its dashes; any other colour is as it is. */
function createColours(canvas: HTMLCanvasElement): (name: string) => string {
  const style = getComputedStyle(canvas);
  const found = new Map<string, string>();
  return (name) => {
    const colour = found.get(name) ?? (style.getPropertyValue(`--${name}`).trim() || name);
    found.set(name, colour);
    return colour;
  };
}
