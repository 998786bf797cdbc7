import { countScanned, toDurationText } from '@cyberstroll/contracts';
import { createColors } from 'picocolors';
import type { ApiNode } from '../api-types';
import { defineTexts, sayCode } from '../language/say';
import { toPrintable } from '../printable';
import { type FittedColumn, type FittedStyle, toFittedTable } from '../text/fitted-table';
import { toBar, toPercentText } from '../text/progress-bar';
import { countFailedAddresses } from '../text/task-text';
import { fitInto } from '../text/text-width';
import type { TimeText } from '../text/time-text';
import { toWaitingText } from '../text/waiting-text';
import type { TopView } from './top-source';

const t = defineTexts({
  no_nodes: ['no nodes', '没有节点'],
  no_open: ['no open tasks', '没有未结束的任务'],
  api_key: ['this API key may not see the nodes', '此 API 密钥无权查看节点'],
  no_answer: ['no answer since {duration}', '已 {duration} 无响应'],
  tasks: ['tasks: {counts}', '任务：{counts}'],
  addresses_per: ['{rate} addresses per second', '每秒 {rate} 个地址'],
  nodes: ['nodes: {counts}', '节点：{counts}'],
  slots: ['{used} of {all} slots', '已用 {used} / {all} 个并发槽'],
  more: ['… {count} more', '… 还有 {count} 个'],
  ago: ['{duration} ago', '{duration} 前'],
  frozen: ['FROZEN by {operator}: {reason}', '已被 {operator} 冻结：{reason}'],
});

export interface FrameStyle {
  /** Of the terminal. Without rows everything is shown. */
  columns: number;
  rows?: number | undefined;
  color: boolean;
  toTimeText: TimeText;
  /** In milliseconds. */
  now: number;
}

/** A view is old after this number of milliseconds: two rounds have had no answer. */
const LIVE_MS = 3_000;
/** Lines besides tasks and nodes: three of the head, two empty ones, two table heads, one of the foot. */
const FIXED_LINES = 8;

/** A view as lines that fit into the terminal. An old one says so, and has no colours of states. Pure. */
export function renderFrame(view: TopView, { columns, rows, color, toTimeText, now }: FrameStyle): string[] {
  const colors = createColors(color);
  const isLive = view.error === undefined && now - view.answeredAt <= LIVE_MS;
  const style = { width: columns, color: color && isLive, toTimeText };
  const room = shareRows(view, rows);
  const fit = (line: string) => fitInto(toPrintable(line), columns);
  const body = [
    ...toHead(view).map(fit),
    ...toFrozen(view).map((line) => colors.red(fit(line))),
    '',
    ...toPart(toTaskColumns(now), sortBy(view.tasks, TASK_ORDER), room.tasks, style, t('no_open')),
    '',
    ...toPart(
      toNodeColumns(now),
      sortBy(view.nodes ?? [], NODE_ORDER),
      room.nodes,
      style,
      view.nodes ? t('no_nodes') : t('api_key'),
    ),
  ];
  const title = isLive
    ? colors.bold(fit(`cyberstroll top  ${toTimeText(new Date(now).toISOString())}`))
    : colors.red(fit(toAbsence(view, now)));
  return [title, ...body.map((line) => (isLive ? line : colors.dim(line)))].slice(0, rows);
}

function toAbsence({ answeredAt, error }: TopView, now: number): string {
  const since = t('no_answer', { duration: toDurationText(Math.round((now - answeredAt) / 1_000)) });
  return error === undefined ? since : `${since}: ${error}`;
}

const toHead = ({ statistics, tasks }: TopView): string[] => [
  [
    t('tasks', { counts: toCounts(statistics?.tasks ?? countByStatus(tasks)) }),
    t('addresses_per', {
      rate: tasks.reduce((sum, task) => sum + task.subtasks_per_second, 0).toFixed(1),
    }),
  ].join('  '),
  statistics
    ? [
        t('nodes', { counts: toCounts(statistics.nodes) }),
        t('slots', { used: statistics.active_tasks, all: statistics.max_capacity }),
      ].join('  ')
    : '',
];

/** A freeze or a blackout that holds now; of several the latest. */
const toFrozen = ({ statistics }: TopView): string[] =>
  (statistics?.freezes ?? []).slice(-1).map(({ operator, reason }) => t('frozen', { operator, reason }));

function countByStatus(tasks: TopView['tasks']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of tasks) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const toCounts = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${sayCode(name)} ${count}`)
    .join(', ') || '0';

/** A table of as many rows as there is room for. */
function toPart<Row>(
  columns: FittedColumn<Row>[],
  rows: Row[],
  room: number,
  style: FittedStyle,
  none: string,
): string[] {
  if (rows.length === 0) return [fitInto(none, style.width)];
  const shown = rows.length <= room ? rows : rows.slice(0, Math.max(0, room - 1));
  const lines = toFittedTable(columns, shown, style);
  const hidden = rows.length - shown.length;
  return hidden > 0 ? [...lines, fitInto(t('more', { count: hidden }), style.width)] : lines;
}

/** Tasks get two thirds of a screen that is too low for all, and what nodes leave. */
function shareRows(view: TopView, rows = Number.POSITIVE_INFINITY): { tasks: number; nodes: number } {
  const { tasks, nodes = [] } = view;
  const room = Math.max(2, rows - FIXED_LINES - toFrozen(view).length);
  const forNodes = Math.min(nodes.length, Math.max(Math.floor(room / 3), room - tasks.length));
  return { tasks: room - forNodes, nodes: forNodes };
}

const TASK_ORDER = ['RUNNING', 'PAUSED', 'QUEUED', 'CREATED'];
const NODE_ORDER = ['busy', 'online', 'draining', 'offline'];

const sortBy = <Row extends { status: string }>(rows: readonly Row[], order: readonly string[]): Row[] =>
  [...rows].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));

const toTaskColumns = (now: number): FittedColumn<TopView['tasks'][number]>[] => [
  { title: 'TASK_ID', value: (task) => task.task_id },
  { title: 'NAME', value: (task) => task.name, max: 24, spare: 1 },
  { title: 'STATUS', value: (task) => task.status, isState: true },
  { title: '', value: (task) => toBar(task.progress.progress_percentage, 10), spare: 3 },
  { title: 'PROGRESS', value: (task) => toPercentText(task.progress.progress_percentage), align: 'right' },
  {
    title: 'SCANNED',
    value: ({ progress }) => `${countScanned(progress)}/${progress.total_targets}`,
    align: 'right',
    spare: 2,
  },
  { title: 'RATE', value: (task) => `${task.subtasks_per_second.toFixed(1)}/s`, align: 'right' },
  { title: 'ETA', value: (task) => toDurationUntil(task.estimated_completion, now), align: 'right' },
  { title: 'FAILED', value: countFailedAddresses, align: 'right' },
  { title: 'WAITS', value: toWaitingText },
];

const toNodeColumns = (now: number): FittedColumn<ApiNode>[] => [
  { title: 'NODE_ID', value: (node) => node.node_id, max: 40 },
  { title: 'POOLS', value: (node) => node.pools?.join(','), max: 30 },
  { title: 'STATUS', value: (node) => node.status, isState: true },
  { title: 'SLOTS', value: (node) => `${node.current_task_count ?? '?'}/${node.capacity ?? '?'}`, align: 'right' },
  { title: 'CPU', value: (node) => toPercent(node.system_info?.cpu_usage), align: 'right', spare: 1 },
  { title: 'MEMORY', value: (node) => toPercent(node.system_info?.memory_usage), align: 'right', spare: 2 },
  { title: 'HEARTBEAT', value: (node) => toAge(node.last_seen, now) },
];

const toPercent = (value: number | undefined) => (value === undefined ? undefined : `${Math.round(value)}%`);

function toDurationUntil(time: string | undefined, now: number): string | undefined {
  const seconds = Math.round((Date.parse(time ?? '') - now) / 1_000);
  return Number.isNaN(seconds) ? undefined : toDurationText(seconds);
}

function toAge(time: string | undefined, now: number): string | undefined {
  const seconds = Math.max(0, Math.round((now - Date.parse(time ?? '')) / 1_000));
  return Number.isNaN(seconds) ? undefined : t('ago', { duration: toDurationText(seconds) });
}
