import type { Task } from '@cyberstroll/contracts';
import { foldHistory } from './history';
import { applyTaskTransitions } from './task/apply-transitions';
import { mergeTaskEntries, toCompletedTime, toTaskTimes } from './task-clock';

const at = (seconds: number) => new Date(seconds * 1_000);
const toHistory = (...entries: [Task['status'], number][]): Task['status_history'] =>
  entries.map(([status, seconds]) => ({ status, timestamp: at(seconds), reason: '', operator: 'me' }));

const BEGIN: [Task['status'], number][] = [
  ['CREATED', 0],
  ['QUEUED', 1],
  ['RUNNING', 10],
];

it.each<[string, [Task['status'], number][], { first: number; last: number }, number]>([
  ['no pause', [['COMPLETED', 60]], { first: 8, last: 50 }, 42],
  [
    'a pause between',
    [
      ['PAUSED', 20],
      ['RUNNING', 25],
      ['COMPLETED', 60],
    ],
    { first: 8, last: 50 },
    37,
  ],
  [
    'a pause before the first scan',
    [
      ['PAUSED', 12],
      ['RUNNING', 20],
      ['COMPLETED', 60],
    ],
    { first: 21, last: 50 },
    29,
  ],
  [
    'a pause over the first scan’s start',
    [
      ['PAUSED', 12],
      ['RUNNING', 20],
      ['COMPLETED', 60],
    ],
    { first: 15, last: 50 },
    30,
  ],
  [
    'a pause after the last scan',
    [
      ['PAUSED', 52],
      ['RUNNING', 57],
      ['COMPLETED', 60],
    ],
    { first: 8, last: 50 },
    42,
  ],
  [
    'a pause in which the last scan ended',
    [
      ['PAUSED', 45],
      ['RUNNING', 60],
      ['COMPLETED', 60],
    ],
    { first: 8, last: 50 },
    37,
  ],
  [
    'an end and a retry',
    [
      ['FAILED', 20],
      ['RUNNING', 40],
      ['COMPLETED', 60],
    ],
    { first: 8, last: 50 },
    22,
  ],
])(
  'with %s a task lasts from its first scan to its last, without the time that it was paused',
  (_, more, { first, last }, seconds) => {
    const status_history = toHistory(...BEGIN, ...more);
    const scans = { first_started_time: at(first), last_completed_time: at(last) };
    const completed_time = toCompletedTime(status_history, scans, at(60));
    expect(completed_time).toEqual(at(last));
    expect(toTaskTimes({ status_history, completed_time }, scans)).toMatchObject({
      started_time: at(first),
      actual_duration: seconds,
    });
  },
);

it('ends when it ended where no scan says when: none began, or none since an operator’s retry', () => {
  const history = toHistory(...BEGIN, ['FAILED', 20], ['RUNNING', 40], ['CANCELLED', 60]);
  const none = { last_completed_time: at(15) };
  expect(toCompletedTime(history, none, at(60))).toEqual(at(60));
  expect(toCompletedTime(history, { ...none, first_started_time: at(8) }, at(60))).toEqual(at(60));
  expect(toTaskTimes({ status_history: history.slice(0, 2), completed_time: at(60) }, {})).toEqual({
    paused_seconds: 0,
  });
});

it('keeps 100 entries of 1,000 pauses, and the duration without them', () => {
  let task: Pick<Task, 'status' | 'status_history' | 'started_time'> = {
    status: 'RUNNING',
    status_history: toHistory(...BEGIN),
  };
  const scans = { first_started_time: at(8), last_completed_time: at(20_000) };
  const take = (status: Task['status'], seconds: number) => {
    const { set } = applyTaskTransitions(task, [{ status, reason: '' }], 'me', at(seconds), scans);
    task = { ...task, ...set };
    return set;
  };
  for (let i = 1; i <= 1_000; i++) {
    take('PAUSED', 10 * i);
    expect(take('RUNNING', 10 * i + 4)['paused_seconds']).toBe(4 * i);
  }
  expect(take('COMPLETED', 20_001)).toMatchObject({ completed_time: at(20_000), actual_duration: 20_000 - 8 - 4_000 });
  const { status_history } = task;
  expect(status_history).toHaveLength(100);
  expect(status_history.slice(0, 3)).toEqual(toHistory(...BEGIN));
  expect(status_history.reduce((sum, { folded = 1 }) => sum + folded, 0)).toBe(3 + 2_000 + 1);
  expect(foldHistory(status_history, mergeTaskEntries)).toEqual(status_history);
});

it('keeps a history within 32 KB, whatever its reasons and operators, and the duration without its pauses', () => {
  let task: Pick<Task, 'status' | 'status_history' | 'started_time'> = {
    status: 'RUNNING',
    status_history: toHistory(...BEGIN),
  };
  const take = (status: Task['status'], seconds: number) => {
    const step = { status, reason: '𠮷'.repeat(500) };
    const { set } = applyTaskTransitions(task, [step], '𠮷'.repeat(100), at(seconds), { first_started_time: at(8) });
    task = { ...task, ...set };
    expect(Buffer.byteLength(JSON.stringify(task.status_history))).toBeLessThan(33_000);
    return set;
  };
  for (let i = 1; i <= 100; i++) {
    take('PAUSED', 10 * i);
    expect(take('RUNNING', 10 * i + 4)['paused_seconds']).toBe(4 * i);
  }
  const { status_history } = task;
  expect(status_history.slice(0, 3)).toEqual(toHistory(...BEGIN));
  expect(status_history.at(-1)).toMatchObject({ status: 'RUNNING', timestamp: at(1_004) });
  expect(status_history.reduce((sum, { folded = 1 }) => sum + folded, 0)).toBe(3 + 200);
});
