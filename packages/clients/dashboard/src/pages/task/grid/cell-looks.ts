import type { Block, Cell } from '@cyberstroll/grid';
import { SUBTASK_LOOKS } from '../../../states/states';

export const COLOUR_BY = ['state', 'failures', 'attempts', 'node', 'open_ports'] as const;
/** Blocks know no attempt and no node. */
export const BLOCK_COLOUR_BY = ['state', 'failures', 'open_ports'] as const;
export type ColourBy = (typeof COLOUR_BY)[number];

/** A fill: a CSS variable without its dashes, or a colour; with a glyph where a cell is large enough for one. */
export interface Fill {
  colour: string;
  glyph: string;
}

/** What stands out least: nothing to see, or not what is looked for. */
const PALE: Fill = { colour: 'back-sunken', glyph: '' };

const isFailure = (status: Cell['status']) => status === 'FAILED' || status === 'TIMEOUT';

/** The more attempts, the stronger. */
const ATTEMPTS = ['state-idle', 'state-good', 'state-waiting', 'state-again', 'state-late', 'state-bad'] as const;
/** Hues of nodes: neighbours in the list differ much. */
const GOLDEN_ANGLE = 137.5;

/** How a cell looks. `toNodeNumber` numbers the nodes. */
export function toFill(
  cell: Cell,
  by: ColourBy,
  { toNodeNumber, isEnded }: { toNodeNumber: (node: string) => number; isEnded: boolean },
): Fill {
  switch (by) {
    case 'state':
      return toStateFill(toShownStatus(cell, isEnded));
    case 'failures':
      return isFailure(cell.status) ? toStateFill(cell.status) : PALE;
    case 'attempts':
      return {
        colour: ATTEMPTS[Math.min(cell.attempt, ATTEMPTS.length - 1)] as string,
        glyph: cell.attempt === 0 ? '' : String(Math.min(cell.attempt, 9)),
      };
    case 'node': {
      if (cell.node === undefined) return { colour: 'state-idle', glyph: '' };
      const number = toNodeNumber(cell.node);
      return {
        colour: `hsl(${Math.round((number * GOLDEN_ANGLE) % 360)} 55% 45%)`,
        glyph: String.fromCharCode(65 + (number % 26)),
      };
    }
    case 'open_ports':
      return cell.has_open_ports ? { colour: 'accent', glyph: '●' } : { colour: 'state-idle', glyph: '' };
  }
}

/** In an ended task, what was never sent out is cancelled. */
export const toShownStatus = ({ status }: Cell, isEnded: boolean): Cell['status'] =>
  status === 'PENDING' && isEnded ? 'CANCELLED' : status;

/** What is done comes first, then what runs; the rest of a block is the colour of what has not begun. */
const FILLED = ['COMPLETED', 'CANCELLED', 'RETRYING', 'SCANNING', 'ASSIGNED', 'TIMEOUT', 'FAILED'] as const;

/** A part of a block, from 0 to 1, in one colour. */
export interface Share {
  colour: string;
  share: number;
}

/** The glyph of a block says the worst of it: trouble first, then what runs, then what most of it is. */
export function toBlockStatus({ counts }: Block, isEnded: boolean): Cell['status'] {
  for (const status of ['FAILED', 'TIMEOUT', 'RETRYING', 'SCANNING', 'ASSIGNED'] as const) {
    if (counts[status] > 0) return status;
  }
  const untouched = isEnded ? 'CANCELLED' : 'PENDING';
  const rest = (['COMPLETED', 'CANCELLED', 'PENDING'] as const).map((status) => [status, counts[status]] as const);
  const [most] = rest.reduce((a, b) => (b[1] > a[1] ? b : a));
  return most === 'PENDING' ? untouched : most;
}

/** A block is filled like a bar, from below: each state as far as its share. */
export function toBlockFill(block: Block, by: ColourBy, isEnded: boolean): Fill & { shares: readonly Share[] } {
  if (by === 'open_ports') {
    const fill = block.open_ports > 0 ? { colour: 'accent', glyph: '●' } : { colour: 'state-idle', glyph: '' };
    return { ...fill, shares: [] };
  }
  const size = Object.values(block.counts).reduce((sum, count) => sum + count, 0);
  const shown = FILLED.filter((status) => block.counts[status] > 0 && (by === 'state' || isFailure(status)));
  const worst = toBlockStatus(block, isEnded);
  const ground = by === 'state' ? toStateFill(isEnded ? 'CANCELLED' : 'PENDING') : PALE;
  return {
    colour: ground.colour,
    glyph: by === 'state' || isFailure(worst) ? toStateFill(worst).glyph : '',
    shares: shown.map((status) => ({ colour: toStateFill(status).colour, share: block.counts[status] / size })),
  };
}

function toStateFill(status: Cell['status']): Fill {
  const { tone, glyph } = SUBTASK_LOOKS[status];
  return { colour: `state-${tone}`, glyph };
}
