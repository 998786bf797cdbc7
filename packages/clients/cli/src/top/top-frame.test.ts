import type { FleetStatistics } from '@cyberstroll/client';
import { NO_TOUCHED } from '@cyberstroll/contracts';
import { toTask } from '../../test/api-peer';
import { sampleAnswer } from '../../test/sample-answer';
import type { ApiNode } from '../api-types';
import { toWidth } from '../text/text-width';
import { createTimeText } from '../text/time-text';
import { renderFrame } from './top-frame';
import type { TopView } from './top-source';

const NOW = Date.parse('2026-01-31T12:00:00.000Z');
const progress = {
  ...NO_TOUCHED,
  total_targets: 256,
  pending_count: 130,
  retries_total: 0,
  progress_percentage: 48.25,
};
const running = {
  ...toTask('66b2f0c3a1d4e5f607182930', { name: '夜间扫描', estimated_completion: '2026-01-31T12:03:20.000Z' }),
  progress: { ...progress, completed_count: 120, failed_count: 3 },
  subtasks_per_second: 4.04,
};
const queued = {
  ...toTask('66b2f0c3a1d4e5f607182931', {
    status: 'QUEUED',
    waiting_reason: { code: 'no_node_in_pool', message: 'no node takes work of pool "edge"' },
  }),
  subtasks_per_second: 0,
};
const node: ApiNode = {
  node_id: 'scanner-1',
  status: 'busy',
  capacity: 30,
  current_task_count: 30,
  pools: ['default'],
  system_info: { cpu_usage: 12.4, memory_usage: 40, active_threads: 9 },
  last_seen: '2026-01-31T11:59:58.000Z',
  first_seen: '2026-01-31T11:00:00.000Z',
} as ApiNode;
const view: TopView = {
  tasks: [queued, running],
  nodes: [node],
  statistics: {
    ...(sampleAnswer({ method: 'GET', path: '/api/statistics' }).body as FleetStatistics),
    tasks: { QUEUED: 1, RUNNING: 1, FAILED: 0 } as FleetStatistics['tasks'],
    nodes: { busy: 1 } as never,
    active_tasks: 30,
    max_capacity: 30,
    freezes: [],
  },
  answeredAt: NOW - 800,
};
const style = { columns: 140, color: false, toTimeText: createTimeText('UTC'), now: NOW };

it('shows tasks and nodes as they are now', () => {
  expect(renderFrame(view, style)).toEqual([
    'cyberstroll top  2026-01-31 12:00:00Z',
    'tasks: QUEUED 1, RUNNING 1  4.0 addresses per second',
    'nodes: busy 1  30 of 30 slots',
    '',
    'TASK_ID                   NAME      STATUS               PROGRESS  SCANNED   RATE         ETA  FAILED  WAITS',
    '66b2f0c3a1d4e5f607182930  夜间扫描  RUNNING  ████░░░░░░     48.2%  123/256  4.0/s  3 min 20 s       3  -',
    '66b2f0c3a1d4e5f607182931  -         QUEUED   ░░░░░░░░░░      0.0%     0/16  0.0/s           -       0  no_node_in_pool',
    '',
    'NODE_ID    POOLS    STATUS  SLOTS  CPU  MEMORY  HEARTBEAT',
    'scanner-1  default  busy    30/30  12%     40%  2 s ago',
  ]);
});

it('leaves columns out where there is no room for them', () => {
  const [head] = renderFrame(view, { ...style, columns: 90 }).slice(4);
  expect(head).toBe('TASK_ID                   STATUS   PROGRESS   RATE         ETA  FAILED  WAITS');
});

it.each([1, 7, 20, 40, 80, 100, 200])('never takes more than %d columns', (columns) => {
  const hostile = { ...node, node_id: 'n\u001b[2J', pools: ['扫描'.repeat(40)] };
  const lines = renderFrame({ ...view, nodes: [hostile] }, { ...style, columns });
  for (const line of lines) expect(toWidth(line)).toBeLessThanOrEqual(columns);
  expect(lines.join('')).not.toContain('\u001b');
});

it.each([3, 10, 12, 16, 30])('never takes more than %d rows, and says how many are hidden', (rows) => {
  const many = {
    ...view,
    tasks: Array.from({ length: 50 }, () => running),
    nodes: Array.from({ length: 9 }, () => node),
  };
  const lines = renderFrame(many, { ...style, rows });
  expect(lines.length).toBeLessThanOrEqual(rows);
  const count = (start: string) => lines.filter((line) => line.startsWith(start)).length;
  if (rows < 12) return;
  const [tasks, nodes] = lines.filter((line) => line.startsWith('…')).map((line) => Number(/\d+/.exec(line)?.[0]));
  expect(count(running.task_id) + tasks!).toBe(50);
  expect(count('scanner-1') + (nodes ?? 0)).toBe(9);
});

it.each([
  ['an answer of 3 s ago as live', { answeredAt: NOW - 3_000 }, 'cyberstroll top  2026-01-31 12:00:00Z'],
  ['an older one as old', { answeredAt: NOW - 5_000 }, 'no answer since 5 s'],
  ['why the API is silent', { error: 'connect ECONNREFUSED' }, 'no answer since 1 s: connect ECONNREFUSED'],
])('shows %s', (_name, changes, title) => {
  expect(renderFrame({ ...view, ...changes }, style)[0]).toBe(title);
});

it('paints states only of what is live', () => {
  const painted = '\u001b[36mRUNNING';
  expect(renderFrame(view, { ...style, color: true }).join('')).toContain(painted);
  expect(renderFrame({ ...view, error: 'away' }, { ...style, color: true }).join('')).not.toContain(painted);
});

it('says what is frozen, in a line of its own', () => {
  const freezes = [{ operator: 'otto', reason: 'an outage' }] as FleetStatistics['freezes'];
  const frozen = { ...view, statistics: { ...view.statistics!, freezes } };
  expect(renderFrame(frozen, style)[3]).toBe('FROZEN by otto: an outage');
  expect(renderFrame(frozen, { ...style, rows: 11 })).toHaveLength(11);
});

it('says where there is nothing', () => {
  const lines = renderFrame({ ...view, tasks: [], nodes: [] }, style);
  expect(lines.slice(3)).toEqual(['', 'no open tasks', '', 'no nodes']);
});
