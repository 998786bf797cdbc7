import { type SubTask, type SubTaskUpdate, taskConfigSchema, toSubTaskId } from '@cyberstroll/contracts';
import { createTargetIndex, parseTargets, toSegment } from '@cyberstroll/targets';
import type { IncomingUpdate } from '@cyberstroll/task-state';
import type { BatchTask, Origin } from './batch-facts';
import { groupBySubTask } from './batch-groups';
import { decideBatch } from './decide-batch';

const [known, paused, deleted, unknown] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(24)) as [
  string,
  string,
  string,
  string,
];
const now = new Date('2026-01-01T00:00:00Z');

const toTask = (task_id: string, status: BatchTask['status']): [string, BatchTask] => [
  task_id,
  {
    task_id,
    status,
    config: taskConfigSchema.parse({}),
    cursor: 10,
    created_time: now,
    progress: { total_targets: 10 },
  },
];
const tasks = new Map([toTask(known, 'RUNNING'), toTask(paused, 'PAUSED')]);
const origin: Origin = {
  targets: createTargetIndex([toSegment(parseTargets('127.0.0.0-127.0.0.9'), { order: 'sequential', seed: 0 })]),
  sentTimes: new Map(Array.from({ length: 10 }, (_, index) => [index, now])),
};
const origins = new Map([...tasks.keys()].map((taskId) => [taskId, origin]));

const report = (
  taskId: string,
  index: number,
  status: SubTaskUpdate['status'],
  rest: Partial<SubTaskUpdate> = {},
): IncomingUpdate => ({
  sender: { node_id: 'node-1' },
  update: {
    task_id: taskId,
    subtask_id: toSubTaskId(taskId, index),
    attempt: 1,
    lease_id: `lease-${index}`,
    status,
    ...rest,
  },
});

function decide(updates: readonly IncomingUpdate[], documents: ReadonlyMap<string, SubTask> = new Map()) {
  const { groups, refused } = groupBySubTask(updates);
  const given = { groups, tasks, deleted: new Set([deleted]), documents, origins, now, random: () => 0.5 };
  return { refused, ...decideBatch(given) };
}

it('writes each subtask once: a new one is inserted, a known one replaced, and one without a change left alone', () => {
  const scan_result = { open_ports: [22], services: [], response_time: 1 };
  const first = decide([report(known, 1, 'ASSIGNED'), report(known, 2, 'ASSIGNED')]);
  const documents = new Map(first.inserts.map((document) => [document.subtask_id, document]));
  const { inserts, replacements, unwritten, deltas, transitions } = decide(
    [
      report(known, 3, 'COMPLETED', { scan_result }),
      report(known, 1, 'SCANNING'),
      report(known, 2, 'ASSIGNED'),
      report(known, 1, 'COMPLETED'),
    ],
    documents,
  );
  expect(inserts).toMatchObject([{ ip: '127.0.0.3', status: 'COMPLETED', address_key: expect.anything() }]);
  expect(inserts.map((document) => Object.keys(document)[0])).toEqual(['_id']);
  expect(replacements).toMatchObject([{ replacement: { ip: '127.0.0.1', status: 'COMPLETED' } }]);
  expect(replacements[0]!.filter).toEqual({ _id: first.inserts[0]!._id });
  expect(unwritten).toMatchObject([{ index: 2 }]);
  expect(transitions.map(({ subtask_id, status }) => [subtask_id.slice(-1), status])).toEqual([
    ['3', 'ASSIGNED'],
    ['3', 'SCANNING'],
    ['3', 'COMPLETED'],
    ['1', 'SCANNING'],
    ['1', 'COMPLETED'],
  ]);
  expect(deltas.get(known)!.counts).toMatchObject({ completed_count: 2, assigned_count: -1 });
});

it('answers each update at its place, whichever subtask and task it names', () => {
  const strange = report(known, 4, 'COMPLETED');
  strange.update.task_id = unknown;
  const { results, refused } = decide([
    report(unknown, 0, 'COMPLETED'),
    report(known, 5, 'COMPLETED'),
    strange,
    report(deleted, 0, 'COMPLETED'),
    report(known, 5, 'COMPLETED'),
    report(known, 10, 'COMPLETED'),
  ]);
  expect(results.map(({ outcome }) => outcome)).toEqual([
    'rejected',
    'applied',
    undefined,
    'stale',
    'duplicate',
    'rejected',
  ]);
  expect([...refused]).toMatchObject([[2, { outcome: 'rejected', reason: 'outside_target_set' }]]);
});

it('names a PAUSED task if a node has claimed something, and not if its scan has ended', () => {
  expect([...decide([report(paused, 1, 'ASSIGNED'), report(known, 1, 'ASSIGNED')]).pausedTasks]).toEqual([paused]);
  const { inserts } = decide([report(paused, 1, 'SCANNING')]);
  const documents = new Map(inserts.map((document) => [document.subtask_id, document]));
  expect(decide([report(paused, 1, 'COMPLETED')], documents).pausedTasks.size).toBe(0);
});
