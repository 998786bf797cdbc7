import type { StatusCounts } from '@cyberstroll/grid';
import { formatNumber } from '../../../language/define-texts';
import { stateName } from '../../../language/words';
import { SUBTASK_LOOKS } from '../../../states/states';
import { type ColourBy, type Fill, toFill } from './cell-looks';
import { t } from './texts';

interface LegendProps {
  by: ColourBy;
  nodes: readonly string[];
  toNodeNumber: (node: string) => number;
  /** Of the addresses that are shown. One that blocks have counted twice may leave less than none. */
  counts: StatusCounts | undefined;
}

/** What the colours and glyphs of the grid mean. */
export function Legend({ by, nodes, toNodeNumber, counts }: LegendProps) {
  return (
    <ul class="legend" aria-label={t('legend')}>
      {listEntries(by, nodes, toNodeNumber).map(({ name, fill, status }) => (
        <li key={name}>
          <span class="swatch" style={{ background: toCss(fill.colour) }} aria-hidden="true">
            {fill.glyph}
          </span>
          {name} {status && counts && <b>{formatNumber(Math.max(0, counts[status]))}</b>}
        </li>
      ))}
    </ul>
  );
}

const toCss = (colour: string) => (colour.startsWith('hsl') ? colour : `var(--${colour})`);

/** Nodes that the legend names; with more of them the colours are too many to name. */
const MOST_NODES = 24;

function listEntries(
  by: ColourBy,
  nodes: readonly string[],
  toNodeNumber: (node: string) => number,
): { name: string; fill: Fill; status?: keyof StatusCounts }[] {
  const cell = { status: 'COMPLETED', attempt: 0, has_open_ports: false } as const;
  const fillOf = (change: object) => toFill({ ...cell, ...change }, by, { toNodeNumber, isEnded: false });
  switch (by) {
    case 'state':
      return (Object.keys(SUBTASK_LOOKS) as (keyof typeof SUBTASK_LOOKS)[]).map((status) => ({
        name: stateName(status),
        fill: fillOf({ status }),
        status,
      }));
    case 'attempts':
      return [0, 1, 2, 3, 4, 5].map((attempt) => ({
        name: attempt === 5 ? t('more_attempts') : t('attempts_n', { n: attempt }),
        fill: fillOf({ attempt }),
      }));
    case 'node':
      return nodes.slice(0, MOST_NODES).map((node) => ({ name: node, fill: fillOf({ node }) }));
    case 'open_ports':
      return [
        { name: t('with_open_ports'), fill: fillOf({ has_open_ports: true }) },
        { name: t('without'), fill: fillOf({}) },
      ];
  }
}
