import { NO_TOUCHED } from '@cyberstroll/contracts';
import { TASK_STATUSES, type TaskStatus, taskTable } from '@cyberstroll/state-machine';
import fc from 'fast-check';
import { decideTaskTransitions, type TaskStanding } from './roll-up-transitions';

const now = new Date('2026-01-01T00:00:00Z');
const standing = (
  status: TaskStatus,
  touched: Partial<typeof NO_TOUCHED>,
  rest: Partial<TaskStanding> = {},
): TaskStanding => ({
  task: { status, error_info: { error_count: 0, error_threshold: 10 } },
  total: 10,
  touched: { ...NO_TOUCHED, ...touched },
  reopened: 0,
  now,
  ...rest,
});
const statuses = (of: TaskStanding) => decideTaskTransitions(of).map((step) => step.status);

it.each<[string, TaskStanding, TaskStatus[]]>([
  ['nothing touched', standing('QUEUED', {}), []],
  ['the first claim', standing('QUEUED', { assigned_count: 1 }), ['RUNNING']],
  ['a claim of a task not yet queued', standing('CREATED', { assigned_count: 1 }), ['QUEUED', 'RUNNING']],
  ['a claim while running', standing('RUNNING', { scanning_count: 1 }), []],
  ['every subtask closed', standing('RUNNING', { completed_count: 9, failed_count: 1 }), ['COMPLETED']],
  ['every subtask closed at the first look', standing('QUEUED', { completed_count: 10 }), ['RUNNING', 'COMPLETED']],
  ['every subtask closed while paused', standing('PAUSED', { completed_count: 10 }), ['RUNNING', 'COMPLETED']],
  ['a claim while paused', standing('PAUSED', { assigned_count: 1, completed_count: 9 }), []],
  ['everything failed', standing('RUNNING', { failed_count: 6, timeout_count: 4 }), ['FAILED']],
  ['a retry still open', standing('RUNNING', { completed_count: 9, retry_count: 1 }), []],
  ['an ended task', standing('CANCELLED', { completed_count: 10 }), []],
])('decideTaskTransitions: %s', (_name, of, expected) => {
  expect(statuses(of)).toEqual(expected);
});

it.each<[string, TaskStanding, string[]]>([
  [
    'that a node took the first of it, although it has ended at the first look',
    standing('CREATED', { completed_count: 10 }),
    ['on the way to COMPLETED', 'a node took the first of it', 'every subtask is closed'],
  ],
  [
    'nothing of nodes where it is not known that one took anything',
    standing('QUEUED', { cancelled_count: 10 }),
    ['on the way to COMPLETED', 'every subtask is closed'],
  ],
  [
    'nothing of a first one after a pause',
    standing('PAUSED', { completed_count: 10 }),
    ['on the way to COMPLETED', 'every subtask is closed'],
  ],
])('says %s', (_name, of, expected) => {
  expect(decideTaskTransitions(of).map(({ reason }) => reason)).toEqual(expected);
});

it('fails a task whose failures exceed the threshold, and not one that reaches it', () => {
  const task = { status: 'RUNNING' as const, error_info: { error_count: 0, error_threshold: 2 } };
  expect(statuses(standing('RUNNING', { failed_count: 1, timeout_count: 1 }, { task }))).toEqual([]);
  expect(statuses(standing('RUNNING', { failed_count: 2, timeout_count: 1 }, { task }))).toEqual(['FAILED']);
});

it('allows as many failures besides those that an operator took up again as they were', () => {
  const task = { status: 'RUNNING' as const, error_info: { error_count: 0, error_threshold: 2 }, accepted_failures: 5 };
  expect(statuses(standing('RUNNING', { failed_count: 7 }, { task }))).toEqual([]);
  expect(decideTaskTransitions(standing('RUNNING', { failed_count: 8 }, { task }))).toEqual([
    {
      status: 'FAILED',
      reason: 'error_threshold: 8 subtasks failed, 2 are allowed besides the 5 of before its retry',
    },
  ]);
});

it('holds the end of a retried task until its retries have arrived, or the hold is over', () => {
  const held = (reopened: number, until: Date) => ({
    task: {
      status: 'RUNNING' as const,
      error_info: { error_count: 0, error_threshold: 10 },
      end_hold: { retries: 5, until },
    },
    reopened,
  });
  const later = new Date(now.getTime() + 1_000);
  expect(statuses(standing('RUNNING', { failed_count: 10 }, held(4, later)))).toEqual([]);
  expect(statuses(standing('RUNNING', { failed_count: 10 }, held(5, later)))).toEqual(['FAILED']);
  expect(statuses(standing('RUNNING', { failed_count: 10 }, held(4, now)))).toEqual(['FAILED']);
});

it('takes only arrows of the machine, from any status and any counts', () => {
  const count = fc.integer({ min: 0, max: 10 });
  const touched = fc.record({
    assigned_count: count,
    scanning_count: count,
    completed_count: count,
    failed_count: count,
    timeout_count: count,
    retry_count: count,
    cancelled_count: count,
  });
  fc.assert(
    fc.property(fc.constantFrom(...TASK_STATUSES), touched, (status, counts) => {
      let at = status;
      for (const step of decideTaskTransitions(standing(status, counts))) {
        expect(taskTable.allowedStatuses(at)).toContain(step.status);
        at = step.status;
      }
    }),
  );
});
