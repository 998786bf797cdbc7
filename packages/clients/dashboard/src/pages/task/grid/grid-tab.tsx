import type { ProgressUpdate } from '@cyberstroll/client';
import { type Cell, GRID_STATUSES, type GridWindow, type Per } from '@cyberstroll/grid';
import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { client } from '../../../api/session';
import { now } from '../../../browser/clock';
import { navigate, query, setQuery, withQuery } from '../../../browser/navigation';
import { isDark } from '../../../browser/screen';
import { Select } from '../../../components/input';
import { Panel, toDetail } from '../../../components/notice';
import { besideList } from '../../../components/side-panel';
import { formatNumber, stateName } from '../../../language/define-texts';
import { createSocketFreshness, openLiveSocket } from '../../../live/live-socket';
import {
  BLOCK_COLOUR_BY,
  COLOUR_BY,
  type ColourBy,
  type Fill,
  type Share,
  toBlockFill,
  toFill,
  toShownStatus,
} from './cell-looks';
import { createPainter, drawMarks, type GridPainter } from './draw-grid';
import { Legend, RetrySelection, RowNames, SelectField, toTipPlace, Windows, ZoomButtons } from './grid-controls';
import { type GridFault, type GridFeed, openGridFeed } from './grid-feed';
import { countCells, findCell, layOut, moveCell, toNextZoom, ZOOMS } from './grid-layout';
import { countFailed, createCellPlaces, toTargetText } from './selection';
import { t } from './texts';
import { useSelection } from './use-selection';
import './grid.css';

interface GridTabProps {
  taskId: string;
  /** Of the task. */
  total: number;
  isEnded: boolean;
  /** The newest progress; undefined before the first. */
  progress: ProgressUpdate | undefined;
}

/** Cells of one view. */
const MOST_CELLS = 65_536;
/** While it moves: more of them are too small to tell progress from noise. */
const MOST_MOVING = 16_384;
/** A cell is one address, as long as all of them fit; else a /24, else a /16. */
const choosePer = (total: number, isEnded: boolean): Per =>
  total <= (isEnded ? MOST_CELLS : MOST_MOVING) ? 1 : total <= MOST_CELLS * 256 ? 256 : 65_536;
const PREFIX_BITS = { 256: 24, 65536: 16 } as const;

/** The task's addresses as cells, live. */
export function GridTab({ taskId, total, isEnded, progress }: GridTabProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const marks = useRef<HTMLCanvasElement>(null);
  const painter = useRef<GridPainter | undefined>(undefined);
  const feed = useRef<GridFeed | undefined>(undefined);
  const opened = useSignal<GridWindow | undefined>(undefined);
  const fault = useSignal<GridFault | undefined>(undefined);
  /** Counts changes, so that what is said about cells is said again. */
  const version = useSignal(0);
  const cursor = useSignal<number | undefined>(undefined);
  const corner = useRef<number | undefined>(undefined);

  const wantedPer = Number(query.value.get('per') ?? choosePer(total, isEnded)) as Per;
  const from = Number(query.value.get('from') ?? 0);
  const colours: readonly ColourBy[] = wantedPer === 1 ? COLOUR_BY : BLOCK_COLOUR_BY;
  const colourBy = colours.find((by) => by === query.value.get('colour')) ?? 'state';
  const grid = opened.value;
  const header = grid?.header;
  const zoom = ZOOMS.find((each) => String(each) === query.value.get('zoom')) ?? 1;
  const box = useRef<HTMLDivElement>(null);
  const width = useRoom(box);
  const layout = layOut(header?.count ?? 0, width, zoom);
  const toNodeNumber = useMemo(createNumbers, [taskId]);
  const freshness = useMemo(createSocketFreshness, [taskId, wantedPer, from, total]);

  const fillOf = (cell: number): Fill & { shares?: readonly Share[] } => {
    const block = grid?.getBlock(cell);
    if (block) return toBlockFill(block, colourBy, isEnded);
    const found = findKnown(cell);
    return found ? toFill(found, colourBy, { toNodeNumber, isEnded }) : { colour: 'state-idle', glyph: '' };
  };
  const places = useMemo(() => header && createCellPlaces(header), [header]);
  const toAddress = (cell: number) => places?.toAddress(cell);
  const isSelectable = header?.per === 1;
  const { runs, ...selection } = useSelection(layout, isSelectable ? places : undefined);

  useEffect(() => {
    let changed = new Set<number>();
    let frame: number | undefined;
    const made = openGridFeed(
      taskId,
      { per: wantedPer, from },
      {
        onWindow(window) {
          opened.value = window;
        },
        onCells(cells) {
          for (const cell of cells) changed.add(cell);
          frame ??= requestAnimationFrame(() => {
            frame = undefined;
            painter.current?.paint(changed);
            changed = new Set();
            version.value += 1;
          });
        },
        onFault(noted) {
          fault.value = noted;
        },
      },
      { client, openLiveSocket: (path, events) => openLiveSocket(path, events, freshness) },
    );
    feed.current = made;
    return () => {
      made.close();
      if (frame !== undefined) cancelAnimationFrame(frame);
      opened.value = undefined;
      fault.value = undefined;
      cursor.value = undefined;
    };
  }, [taskId, wantedPer, from, total]);

  useEffect(() => {
    if (progress) feed.current?.compare(progress.counts, isEnded);
  }, [progress, taskId, wantedPer, from, total]);

  const dark = isDark.value;
  useEffect(() => {
    if (!canvas.current || !grid || width === 0) return;
    painter.current = createPainter(canvas.current, layout, fillOf);
    painter.current.paint();
  }, [grid, colourBy, dark, isEnded, zoom, width]);

  useEffect(() => {
    if (marks.current && grid && width > 0) drawMarks(marks.current, layout, { selected: runs, cursor: cursor.value });
  }, [grid, dark, runs, cursor.value, zoom, width]);

  function open(cell: number): void {
    if (!places) return;
    const position = places.toPosition(cell);
    if (isSelectable) navigate(besideList(`/tasks/${taskId}/subtasks/${taskId}-${grid?.toIndex(position)}`));
    else navigate(withQuery({ per: '1', from: String(position) }));
  }

  const zoomTo = (isLarger: boolean) => {
    const next = toNextZoom(zoom, isLarger);
    setQuery({ zoom: next === 1 ? undefined : String(next) });
  };

  const at = (event: PointerEvent) => {
    const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
    return findCell(layout, event.clientX - left, event.clientY - top);
  };

  function onKey(event: KeyboardEvent): void {
    const before = cursor.value ?? 0;
    if (event.key === 'Enter') open(before);
    if (event.key === 'Escape') selection.set('');
    if (!/^(Arrow|Home$|End$)/.test(event.key) || layout.cells === 0) return;
    event.preventDefault();
    const next = cursor.value === undefined ? 0 : moveCell(layout, before, event.key);
    if (event.shiftKey && isSelectable) {
      corner.current ??= before;
      selection.draw(corner.current, next);
    } else corner.current = undefined;
    cursor.value = next;
  }

  void version.value;
  return (
    <Panel of={[freshness.oldSince]}>
      <div class="filters grid-filters">
        <Select
          label={t('colour_by')}
          value={colourBy}
          options={Object.fromEntries(colours.map((by) => [by, t(by)]))}
          onChosen={(by) => setQuery({ colour: by === 'state' ? undefined : by })}
        />
        {isSelectable && (
          <SelectField
            text={selection.text}
            isMissed={selection.text !== '' && runs.length === 0}
            onSelect={selection.set}
          />
        )}
        <ZoomButtons zoom={zoom} onZoom={zoomTo} />
        {(query.value.has('per') || from > 0) && (
          <a class="button" href={withQuery({ per: undefined, from: undefined })}>
            {t('whole')}
          </a>
        )}
        {header && <Windows header={header} />}
        {header && header.per !== 1 && (
          <span class="weak">{t('per_block', { per: header.per, bits: PREFIX_BITS[header.per] })}</span>
        )}
        {grid && grid.readShare < 1 && (
          <span class="weak">{t('read_so_far', { percent: Math.floor(grid.readShare * 100) })}</span>
        )}
      </div>
      <div class="grid-part">
        {fault.value && <FaultNotice fault={fault.value} />}
        {!grid && !fault.value && (
          <p class="empty" aria-busy="true">
            {t('reading')}
          </p>
        )}
        <Legend by={colourBy} nodes={[...(grid?.nodes ?? [])]} toNodeNumber={toNodeNumber} />
        <div
          ref={box}
          class={`grid-box ${zoom > 1 ? 'is-zoomed' : ''}`}
          hidden={!grid}
          role="application"
          tabIndex={0}
          aria-label={t('grid', { count: header?.count ?? 0 })}
          onKeyDown={onKey}
          onKeyUp={selection.finish}
          onWheel={(event) => {
            if (!event.ctrlKey || event.deltaY === 0) return;
            event.preventDefault();
            zoomTo(event.deltaY < 0);
          }}
        >
          <RowNames layout={layout} toAddress={toAddress} />
          <div class="grid-cells">
            <canvas
              ref={canvas}
              aria-hidden="true"
              onPointerMove={(event) => {
                cursor.value = at(event);
                if (corner.current !== undefined && cursor.value !== undefined && event.buttons === 1 && isSelectable) {
                  selection.draw(corner.current, cursor.value);
                }
              }}
              onPointerDown={(event) => {
                if (event.button !== 0) return;
                corner.current = at(event);
                event.currentTarget.setPointerCapture(event.pointerId);
              }}
              onPointerUp={(event) => {
                if (event.button !== 0) return;
                const cell = at(event);
                if (cell !== undefined && cell === corner.current) open(cell);
                else selection.finish();
                corner.current = undefined;
              }}
              onPointerLeave={() => {
                cursor.value = undefined;
              }}
            />
            <canvas ref={marks} class="grid-marks" aria-hidden="true" />
            <p
              class="grid-tip"
              style={toTipPlace(layout, cursor.value)}
              hidden={cursor.value === undefined}
              aria-live="polite"
            >
              {cursor.value !== undefined && describe(cursor.value)}
            </p>
          </div>
        </div>
        {runs.length > 0 && grid && (
          <div class="buttons">
            <span aria-live="polite">
              {t('selected', { count: countCells(runs), failed: countFailed(runs, grid) })}
            </span>
            <RetrySelection taskId={taskId} target={toTargetText(runs, toAddress)} />
            <button type="button" onClick={() => selection.set('')}>
              {t('clear')}
            </button>
          </div>
        )}
      </div>
    </Panel>
  );

  /** The cell of an address, once it is read or has changed. */
  function findKnown(cell: number): Cell | undefined {
    const found = grid?.getCell(grid.header.position + cell);
    return found && (grid?.isRead(cell) || found.status !== 'PENDING') ? found : undefined;
  }

  function describe(cell: number): string {
    const block = grid?.getBlock(cell);
    const address = toAddress(cell) ?? '';
    if (block) {
      const counts = GRID_STATUSES.filter((status) => block.counts[status] > 0)
        .map((status) => `${stateName(status)} ${formatNumber(block.counts[status])}`)
        .join(', ');
      return t('block', { address, counts });
    }
    const found = findKnown(cell);
    if (!found) return t('not_read', { address });
    const { attempt, node, has_open_ports } = found;
    const state = stateName(toShownStatus(found, isEnded));
    return [
      t('cell', { address, state, attempt }),
      node === undefined ? '' : t('on_node', { node }),
      has_open_ports ? t('with_ports') : '',
    ].join('');
  }
}

/** What went wrong, and when it is tried again. The seconds are not read out each time. */
const FaultNotice = ({ fault: { error, againAt } }: { fault: GridFault }) => (
  <p class="error">
    <span role="alert">{t('fault', { detail: toDetail(error) })}</span>{' '}
    {againAt !== undefined && t('again_in', { seconds: Math.max(1, Math.ceil((againAt - now.value) / 1_000)) })}
  </p>
);

/** The pixels that a box has for cells, beside the names of rows; none while it is hidden. */
function useRoom(box: RefObject<HTMLElement | null>): number {
  const room = useSignal(0);
  useEffect(() => {
    const element = box.current as HTMLElement;
    const seen = new ResizeObserver(() => {
      const { width } = element.getBoundingClientRect();
      const names = element.firstElementChild as HTMLElement;
      room.value = Math.max(0, Math.floor(width - (names.offsetWidth === 0 ? 0 : names.offsetWidth + 8)));
    });
    seen.observe(element);
    return () => seen.disconnect();
  }, []);
  return room.value;
}

/** Numbers names in the order in which they are asked for. */
function createNumbers(): (name: string) => number {
  const numbers = new Map<string, number>();
  return (name) => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  };
}
