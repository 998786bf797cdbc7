import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { isDark } from '../browser/screen';
import { locale } from '../language/language';
import { assign } from './input';
import { t } from './texts';
import 'uplot/dist/uPlot.min.css';

export interface Line {
  label: string;
  /** A CSS variable without its dashes: `state-good`. */
  colour: string;
  values: (number | null)[];
}

interface ChartProps {
  /** Says in words what is drawn, for those who do not see it. */
  label: string;
  /** Seconds since 1970. */
  times: number[];
  lines: Line[];
  /** As high as its box, which has a height of its own; else it grows with the screen. */
  fills?: boolean;
  /** Each line stands on the one before. */
  isStacked?: boolean;
  format?: (value: number) => string;
  /** Called when it is drawn: which part of the time it shows, and where. */
  onDrawn?: (frame: ChartFrame) => void;
}

/** The time that a chart shows, in seconds since 1970, and the box in which it does, in pixels. */
export interface ChartFrame {
  from: number;
  to: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Seconds. */
const LEAST_SPAN = 60;
const DAY = 86_400 * 0.9;
/** Seconds between two marks of the axis. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];

export function Chart({ label, times, lines, fills = false, isStacked = false, format = String, onDrawn }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const height = Math.max(160, Math.round(innerHeight / 5));
  const chart = useRef<uPlot | undefined>(undefined);
  const latest = useRef(lines);
  latest.current = lines;
  const isMissing = useSignal(false);
  const dark = isDark.value;
  const names = lines.map((line) => line.label).join('\n');
  const drawn = isStacked ? stack(lines.map(({ values }) => values)) : lines.map(({ values }) => values);
  const data = [times, ...drawn] as uPlot.AlignedData;
  const newest = useRef(data);
  newest.current = data;

  useEffect(() => {
    let end: (() => void) | undefined;
    let isOver = false;
    // A file of its own: no page waits for it.
    import('uplot')
      .then(({ default: Plot }) => {
        if (!isOver && box.current) end = draw(Plot, box.current);
      })
      .catch(() => assign(isMissing, true));
    return () => {
      isOver = true;
      end?.();
    };
  }, [dark, names, fills, isStacked]);

  useEffect(() => chart.current?.setData(data), [times, lines]);
  if (isMissing.value) return <p class="empty">{t('no_chart')}</p>;
  return (
    <div
      ref={box}
      class="chart"
      role="img"
      aria-label={label}
      style={fills ? undefined : { minHeight: `${height}px` }}
    />
  );

  /** Returns what takes it away. */
  function draw(Plot: typeof uPlot, current: HTMLElement): () => void {
    const style = getComputedStyle(document.documentElement);
    const find = (name: string) => style.getPropertyValue(`--${name}`).trim();
    // As large as the text around it: on a wall larger than on a desk.
    const size = Number.parseFloat(getComputedStyle(current).fontSize);
    const axis = {
      font: `${Math.round(size * 0.85)}px system-ui, sans-serif`,
      stroke: find('text-weak'),
      grid: { stroke: find('line'), width: 1 },
      ticks: { stroke: find('line'), width: 1 },
    };
    const toHeight = () =>
      fills ? current.clientHeight - (current.querySelector<HTMLElement>('.u-legend')?.offsetHeight ?? 0) : height;
    const made = new Plot(
      {
        width: current.clientWidth,
        height: toHeight(),
        cursor: { y: false },
        hooks: { draw: [(plot) => onDrawn?.(toFrame(plot))] },
        padding: [null, size * 2, null, null],
        scales: {
          x: { time: false, range: ({ data: [at] }, first, last) => toSpan(at, first, last) },
          y: { range: (_chart, _least, most) => [0, Math.max(1, most) * 1.05] },
        },
        axes: [
          {
            ...axis,
            space: size * 6,
            incrs: STEPS,
            values: (plot, values, _axis, _space, step) =>
              values.map((at) => formatClock(at, { step, isLong: isLong(plot) })),
          },
          { ...axis, size: size * 4.5, values: (_chart, values) => values.map(format) },
        ],
        series: [
          {
            label: t('time'),
            value: (plot, value) => (value === null ? '' : formatClock(value, { isLong: isLong(plot) })),
          },
          ...lines.map((line, i) => ({
            label: line.label,
            stroke: find(line.colour),
            width: 1.5,
            ...(isStacked && { fill: find(line.colour) }),
            value: (_chart: uPlot, _value: number, _series: number, at: number | null) =>
              formatValue(latest.current[i]?.values, at, format),
          })),
        ],
      },
      newest.current,
      current,
    );
    chart.current = made;
    const sizes = new ResizeObserver(() => made.setSize({ width: current.clientWidth, height: toHeight() }));
    sizes.observe(current);
    return () => {
      sizes.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }
}

function toFrame({ scales, over }: uPlot): ChartFrame {
  const { min: from = 0, max: to = 0 } = scales['x'] ?? {};
  const { offsetLeft: left, offsetTop: top, clientWidth: width, clientHeight: height } = over;
  return { from: from ?? 0, to: to ?? 0, left, top, width, height };
}

/** What a chart shows: of one sample alone, or of a shorter time, a minute. */
function toSpan(at: ArrayLike<number>, first: number, last: number): [number, number] {
  const { 0: only = last } = at;
  return at.length === 1 ? [only - LEAST_SPAN, only] : [Math.min(first, last - LEAST_SPAN), last];
}

/** The value that the reader points at, else the last one; a gap has none. */
function formatValue(values: (number | null)[] = [], at: number | null, format: (value: number) => string): string {
  const value = at === null ? values.at(-1) : values[at];
  return value == null ? '–' : format(value);
}

/** Whether a time of day alone may be of two days. */
function isLong({ data: [at] }: uPlot): boolean {
  return (at.at(-1) ?? 0) - (at[0] ?? 0) > DAY;
}

/** A time of a chart, in the browser's zone. Without its seconds where `step` has none; with its day if that is asked. */
function formatClock(at: number, { step = 1, isLong: hasDay = false }: { step?: number; isLong?: boolean }): string {
  const time = new Date(at * 1_000);
  const clock = time.toLocaleTimeString('en-GB', { timeStyle: step < 60 && !hasDay ? 'medium' : 'short' });
  return hasDay ? `${time.toLocaleDateString(locale.value, { day: '2-digit', month: '2-digit' })} ${clock}` : clock;
}

/** Sums from the last series up: the first one is the highest. It is drawn first, so that the others cover it. */
function stack(series: (number | null)[][]): (number | null)[][] {
  const below: number[] = [];
  return [...series]
    .reverse()
    .map((values) =>
      values.map((value, i) => {
        if (value === null) return null;
        below[i] = (below[i] ?? 0) + value;
        return below[i];
      }),
    )
    .reverse();
}

interface SparklineProps {
  label: string;
  /** Of the values, from the earliest to the latest. */
  times: readonly number[];
  values: readonly (number | null)[];
}

const WIDTH = 120;
const HEIGHT = 24;

/** A small chart of a row: its shape, from 0 to the largest value. */
export function Sparkline({ label, times, values }: SparklineProps) {
  const path = useMemo(() => toPath(times, values), [times, values]);
  return (
    <svg class="sparkline" role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`}>
      <path d={path} />
    </svg>
  );
}

/** A line for each part without a gap. One value alone is a dot. */
function toPath(times: readonly number[], values: readonly (number | null)[]): string {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const [first = 0] = times;
  const span = Math.max(1, (times.at(-1) ?? 0) - first);
  let isOn = false;
  const path = values.map((value, i) => {
    const wasOn = isOn;
    isOn = value !== null;
    if (value === null) return '';
    const x = (((times[i] ?? first) - first) / span) * WIDTH;
    const y = HEIGHT - 1 - (value / most) * (HEIGHT - 2);
    return `${wasOn ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}${wasOn ? '' : 'h0'}`;
  });
  return path.join('');
}
