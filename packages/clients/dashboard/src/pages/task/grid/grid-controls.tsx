import type { SnapshotHeader } from '@cyberstroll/grid';
import { toReasonField, toReasonOption, toShellWord } from '../../../api/command';
import { isOperator } from '../../../api/session';
import { withQuery } from '../../../browser/navigation';
import { ActionButton } from '../../../components/action-button';
import { RetryCount } from '../task-actions';
import { type ColourBy, type Fill, toFill } from './cell-looks';
import { findNamedRows, type GridLayout, ZOOMS, type Zoom } from './grid-layout';
import { t } from './texts';

/** Where these cells are in the whole task, and the way to those before and after. */
export function Windows({ header }: { header: SnapshotHeader }) {
  const { from, count, total_cells: total } = header;
  if (count >= total) return null;
  const size = Math.max(1, count);
  return (
    <>
      <span>{t('of', { first: from + 1, last: from + count, total })}</span>
      {from > 0 && (
        <a class="button" href={withQuery({ from: String(Math.max(0, from - size)) })}>
          {t('former')}
        </a>
      )}
      {from + count < total && (
        <a class="button" href={withQuery({ from: String(from + size) })}>
          {t('next')}
        </a>
      )}
    </>
  );
}

/** Larger and smaller cells; Ctrl and the wheel do the same. */
export const ZoomButtons = ({ zoom, onZoom }: { zoom: Zoom; onZoom: (isLarger: boolean) => void }) => (
  <fieldset class="buttons" aria-label={t('zoom')}>
    <button type="button" aria-label={t('smaller')} disabled={zoom === ZOOMS[0]} onClick={() => onZoom(false)}>
      −
    </button>
    <button type="button" aria-label={t('larger')} disabled={zoom === ZOOMS.at(-1)} onClick={() => onZoom(true)}>
      +
    </button>
  </fieldset>
);

interface RowNamesProps {
  layout: GridLayout;
  toAddress: (cell: number) => string | undefined;
}

/** The address that a row begins with, wherever there is room for it. */
export const RowNames = ({ layout, toAddress }: RowNamesProps) => (
  <ol class="grid-rows" aria-hidden="true">
    {findNamedRows(layout).map(({ row, cell }) => (
      <li key={row} style={{ top: `${row * layout.size}px` }}>
        {toAddress(cell)}
      </li>
    ))}
  </ol>
);

/** Beside a cell, on the side with more room. */
export function toTipPlace({ columns, rows, size }: GridLayout, cell = 0): Record<string, string> {
  const column = cell % columns;
  const row = Math.floor(cell / columns);
  const isRight = column >= columns / 2;
  const isLow = row >= rows / 2;
  return {
    ...(isRight ? { right: `${(columns - column) * size}px` } : { left: `${(column + 1) * size}px` }),
    ...(isLow ? { bottom: `${(rows - row) * size}px` } : { top: `${(row + 1) * size}px` }),
  };
}

/** Selects the cells of a CIDR, a range, an address, or a rectangle. `isMissed`: this grid has none of them. */
export function SelectField(props: { text: string; isMissed: boolean; onSelect: (text: string) => void }) {
  const { text, isMissed, onSelect } = props;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSelect(new FormData(event.currentTarget).get('target') as string);
      }}
    >
      <label>
        {t('select')}
        <input
          key={text}
          name="target"
          defaultValue={text}
          placeholder="10.0.3.0/24"
          size={14}
          aria-invalid={isMissed}
        />
      </label>
      {isMissed && (
        <span class="fault" role="alert">
          {t('not_here')}
        </span>
      )}
    </form>
  );
}

/** Scans again what failed in a selection. The API counts it first. */
export function RetrySelection({ taskId, target }: { taskId: string; target: string }) {
  if (!isOperator.value) return null;
  const params = { path: { task_id: taskId } };
  return (
    <ActionButton
      label={t('retry')}
      command={{
        send: (by, reason) =>
          by.POST('/api/tasks/{task_id}/retry', { params, body: { target, ...toReasonField(reason) } }),
        toCli: (reason) => `cyberstroll task retry ${taskId} --target ${toShellWord(target)}${toReasonOption(reason)}`,
      }}
    >
      <RetryCount taskId={taskId} target={target} />
    </ActionButton>
  );
}

interface LegendProps {
  by: ColourBy;
  nodes: readonly string[];
  toNodeNumber: (node: string) => number;
}

/** What the colours and glyphs of the grid mean, where they are not those of the counts in the head of the task. */
export function Legend({ by, nodes, toNodeNumber }: LegendProps) {
  if (by === 'state' || by === 'failures') return null;
  return (
    <ul class="legend" aria-label={t('legend')}>
      {listEntries(by, nodes, toNodeNumber).map(({ name, fill: { colour, glyph } }) => (
        <li key={name}>
          <span
            class="swatch"
            style={{ background: colour.startsWith('hsl') ? colour : `var(--${colour})` }}
            aria-hidden="true"
          >
            {glyph}
          </span>
          {name}
        </li>
      ))}
    </ul>
  );
}

/** Nodes that the legend names; with more of them the colours are too many to name. */
const MOST_NODES = 24;

function listEntries(
  by: Exclude<ColourBy, 'state' | 'failures'>,
  nodes: readonly string[],
  toNodeNumber: (node: string) => number,
): { name: string; fill: Fill }[] {
  const cell = { status: 'COMPLETED', attempt: 0, has_open_ports: false } as const;
  const fillOf = (change: object) => toFill({ ...cell, ...change }, by, { toNodeNumber, isEnded: false });
  switch (by) {
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
