import { NO_TOUCHED, type ProgressSnapshot } from '@cyberstroll/contracts';
import type { TaskStatus } from '@cyberstroll/state-machine';
import { toProgress } from '@cyberstroll/task-state';
import { createTaskEvents, hasAll, parseEventId, type TaskEvents, type TaskHistory } from './task-events';

const TASK_ID = 'a'.repeat(24);

const toSnapshot = (seq: number, rev: number, status: TaskStatus = 'RUNNING'): ProgressSnapshot => ({
  task_id: TASK_ID,
  status,
  seq,
  rev,
  timestamp: '2026-01-01T00:00:00.000Z',
  progress: toProgress(10, NO_TOUCHED, false),
  estimated_remaining: null,
});
/** A history of these changes, each a revision; a number folds as many changes into the next one. */
function toHistory(...changes: (TaskStatus | number)[]): TaskHistory {
  const status_history: TaskHistory['status_history'] = [];
  let folded: number | undefined;
  for (const change of changes) {
    if (typeof change === 'number') folded = change;
    else {
      const facts = { timestamp: new Date(0), reason: 'test', operator: 'otto' };
      status_history.push({ status: change, ...facts, ...(folded !== undefined && { folded }) });
      folded = undefined;
    }
  }
  return { task_id: TASK_ID, status: status_history.at(-1)!.status, status_history, rev: status_history.length - 1 };
}
/** What is due, in short: `<id> <event> <status or seq>`. */
const take = (events: TaskEvents): string[] =>
  [...events.take().matchAll(/^id: (.*)\nevent: (.*)\ndata: (.*)\n\n/gm)].map(([, id, event, data]) => {
    const { status, seq } = JSON.parse(data!);
    return `${id} ${event} ${seq ?? status}`;
  });

it('a new client gets the latest change and the progress, then what is new', () => {
  const events = createTaskEvents();
  events.offer(toSnapshot(7, 2));
  expect(events.isBehind()).toBe(true);
  events.learn(toHistory('CREATED', 'QUEUED', 'RUNNING'));
  expect(take(events)).toEqual(['3-0 status RUNNING', '3-7 progress 7']);
  expect(take(events)).toEqual([]);
  events.offer(toSnapshot(8, 2));
  expect(events.isBehind()).toBe(false);
  expect(take(events)).toEqual(['3-8 progress 8']);
});

it('gets only the newest of several snapshots, and none that is older', () => {
  const events = createTaskEvents();
  events.learn(toHistory('CREATED'));
  for (const seq of [5, 6, 7]) events.offer(toSnapshot(seq, 0));
  expect(take(events)).toEqual(['1-0 status CREATED', '1-7 progress 7']);
  events.offer(toSnapshot(6, 0));
  expect(take(events)).toEqual([]);
});

it('gets every change, also those that no snapshot showed', () => {
  const events = createTaskEvents();
  events.learn(toHistory('CREATED'));
  take(events);
  events.offer(toSnapshot(9, 4));
  expect(events.isBehind()).toBe(true);
  events.learn(toHistory('CREATED', 'QUEUED', 'RUNNING', 'PAUSED', 'RUNNING'));
  expect(take(events)).toEqual([
    '2-0 status QUEUED',
    '3-0 status RUNNING',
    '4-0 status PAUSED',
    '5-0 status RUNNING',
    '5-9 progress 9',
  ]);
});

it.each([
  ['3-7', ['4-7 status PAUSED', '5-7 status RUNNING', '5-9 progress 9']],
  ['4-9', ['5-9 status RUNNING']],
  ['5-9', []],
  // Of another task, or of before a restore from a backup.
  ['99-99', ['5-0 status RUNNING', '5-9 progress 9']],
  ['nonsense', ['5-0 status RUNNING', '5-9 progress 9']],
  ['', ['5-0 status RUNNING', '5-9 progress 9']],
])('a client with the Last-Event-ID "%s" gets what it lacks', (id, due) => {
  const events = createTaskEvents(parseEventId(id));
  events.learn(toHistory('CREATED', 'QUEUED', 'RUNNING', 'PAUSED', 'RUNNING'));
  events.offer(toSnapshot(9, 4));
  expect(take(events)).toEqual(due);
});

it('places stay the same when a long history is folded', () => {
  const events = createTaskEvents(parseEventId('4-0'));
  events.learn(toHistory('CREATED', 5, 'RUNNING', 'PAUSED'));
  expect(take(events)).toEqual(['6-0 status RUNNING', '7-0 status PAUSED']);
});

it('the end comes last, after the progress of the end, and once', () => {
  const events = createTaskEvents(parseEventId('3-7'));
  events.learn(toHistory('CREATED', 'QUEUED', 'RUNNING', 'COMPLETED'));
  events.offer(toSnapshot(8, 2));
  expect(take(events)).toEqual(['4-7 status COMPLETED', '4-8 progress 8']);
  expect(events.isOver()).toBe(false);
  events.offer(toSnapshot(9, 3, 'COMPLETED'));
  expect(take(events)).toEqual(['4-9 progress 9', '4-9-end ended COMPLETED']);
  expect(events.isOver()).toBe(true);
  expect(take(events)).toEqual([]);
});

it('a task that was retried at once has not ended', () => {
  const events = createTaskEvents(parseEventId('3-7'));
  events.offer(toSnapshot(9, 3, 'FAILED'));
  events.learn(toHistory('CREATED', 'QUEUED', 'RUNNING', 'FAILED', 'RUNNING'));
  expect(take(events)).toEqual(['4-7 status FAILED', '5-7 status RUNNING', '5-9 progress 9']);
  expect(events.isOver()).toBe(false);
});

it.each([
  ['4-9-end', ['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED'], true],
  ['4-9', ['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED'], false],
  ['4-9-end', ['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED', 'RUNNING'], false],
  ['4-9-end', ['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED', 'RUNNING', 'COMPLETED'], false],
] as const)('a client with %s of the history %j has all: %s', (id, history, isComplete) => {
  expect(hasAll(parseEventId(id)!, toHistory(...history))).toBe(isComplete);
});
