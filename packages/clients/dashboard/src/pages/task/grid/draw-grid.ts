import type { Fill, Share } from './cell-looks';
import { findOutline, type GridLayout, gapOf, type Run, splitByRow } from './grid-layout';

/** Of a canvas: 64 MB. */
const MOST_PIXELS = 16_000_000;
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
  toFill: (cell: number) => Fill & { shares?: readonly Share[] },
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
    const { colour, glyph, shares = [] } = toFill(cell);
    const x = (cell % columns) * size;
    const y = Math.floor(cell / columns) * size;
    context.fillStyle = toColour(colour);
    context.fillRect(x, y, side, side);
    let filled = 0;
    for (const part of shares) {
      // One of a thousand is seen, too.
      const from = Math.min(side - 1, filled * side);
      filled += part.share;
      const height = Math.max(1, filled * side - from);
      context.fillStyle = toColour(part.colour);
      context.fillRect(x, y + side - from - height, side, height);
    }
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

/** What is marked, on a canvas of its own above the one with the cells. */
export interface Marks {
  /** One outline is around all of these, and the other cells are dim. */
  selected: readonly Run[];
  /** The cell that the pointer or the keyboard is at. */
  cursor: number | undefined;
}

export function drawMarks(canvas: HTMLCanvasElement, layout: GridLayout, { selected, cursor }: Marks): void {
  const { columns, rows, size } = layout;
  const context = prepare(canvas, layout);
  const toColour = createColours(canvas);
  const toBox = (cell: number, end: number) =>
    [(cell % columns) * size, Math.floor(cell / columns) * size, (end - cell) * size, size] as const;
  if (selected.length > 0) {
    context.globalAlpha = 0.6;
    context.fillStyle = toColour('back');
    context.fillRect(0, 0, columns * size, rows * size);
    context.globalAlpha = 1;
    for (const [first, end] of splitByRow(selected, columns)) context.clearRect(...toBox(first, end));
  }
  context.strokeStyle = toColour('text');
  context.lineWidth = gapOf(layout) + 1;
  context.beginPath();
  for (const [x1, y1, x2, y2] of findOutline(selected, columns)) {
    context.moveTo(x1 * size, y1 * size);
    context.lineTo(x2 * size, y2 * size);
  }
  context.stroke();
  if (cursor !== undefined) context.strokeRect(...toBox(cursor, cursor + 1));
}

/** An empty canvas of the layout's size, at the pixels of the screen. */
function prepare(canvas: HTMLCanvasElement, { columns, rows, size }: GridLayout): CanvasRenderingContext2D {
  const scale = Math.min(devicePixelRatio, Math.sqrt(MOST_PIXELS / (columns * rows * size * size)));
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
