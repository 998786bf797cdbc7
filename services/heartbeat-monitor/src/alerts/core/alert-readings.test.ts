import { type Progress, QUEUES } from '@cyberstroll/contracts';
import {
  type AlertNode,
  type AlertReading,
  type AlertTask,
  createRoundMaximum,
  toNodeReading,
  toOperationReading,
  toQueueReading,
  toTaskReadings,
} from './alert-readings';

const start = new Date('2026-01-31T12:00:00Z').getTime();
const at = (seconds: number) => new Date(start + seconds * 1_000);

const task = (changes: object = {}, progress: Partial<Progress> = {}): AlertTask =>
  ({
    task_id: 't',
    status: 'RUNNING',
    created_time: at(-100),
    started_time: at(0),
    paused_seconds: 0,
    config: { timeout: 0, subtask_timeout: 100 },
    progress: { completed_count: 0, failed_count: 0, timeout_count: 0, cancelled_count: 0, ...progress },
    ...changes,
  }) as AlertTask;
const LIMITS = {
  failureRate: { share: 0.2, minClosed: 20, forMs: 30_000 },
  overlong: { ratio: 1, limitSeconds: 0, stillSeconds: 900, forMs: 300_000 },
  endedAfter: at(-900),
};
const read = (rule: AlertReading['rule'], of: AlertTask, limits: object = {}, seconds = 100) =>
  toTaskReadings(of, { ...LIMITS, ...limits }, at(seconds)).find((each) => each.rule === rule)!;

describe('task_failure_rate', () => {
  it.each<[string, AlertTask, number]>([
    [
      'failed and timed-out subtasks among the scanned ones',
      task({}, { completed_count: 30, failed_count: 6, timeout_count: 4 }),
      0.25,
    ],
    ['no subtask is closed', task(), 0],
    ['one subtask too few is closed', task({}, { failed_count: 19 }), 0],
    ['just enough subtasks are closed', task({}, { failed_count: 20 }), 1],
    ['cancelled subtasks do not count', task({}, { failed_count: 20, cancelled_count: 60 }), 1],
    ['a cancelled task', task({ status: 'CANCELLED' }, { failed_count: 20 }), 0],
    ['ended lately', task({ status: 'FAILED', completed_time: at(0) }, { failed_count: 20 }), 1],
    ['ended long ago', task({ status: 'FAILED', completed_time: at(-900) }, { failed_count: 20 }), 0],
  ])('%s', (_name, of, value) => {
    expect(read('task_failure_rate', of)).toMatchObject({ subject: 't', value, threshold: 0.2, forMs: 30_000 });
  });

  it('says the numbers', () => {
    const { summary } = read('task_failure_rate', task({}, { completed_count: 30, failed_count: 6, timeout_count: 4 }));
    expect(summary).toBe('10 of 40 scanned targets failed (25 %)');
  });
});

describe('task_overlong', () => {
  const limited = { overlong: { ...LIMITS.overlong, limitSeconds: 50 } };
  it.each<[string, AlertTask, object, number, string]>([
    [
      'within its estimate',
      task({ estimated_completion: at(200) }),
      {},
      0.5,
      'has run for 1 min 40 s; at its rate it should take 3 min 20 s',
    ],
    ['past its estimate, without progress', task({ estimated_completion: at(50) }), {}, 2, 'should take 50 s'],
    [
      'will not be done in time',
      task({ config: { timeout: 160, subtask_timeout: 100 }, estimated_completion: at(320) }),
      {},
      2,
      'its limit is 2 min 40 s',
    ],
    [
      'without an estimate',
      task({ config: { timeout: 200, subtask_timeout: 100 } }),
      {},
      0.5,
      'takes 1 min 40 s at its rate; its limit is 3 min 20 s',
    ],
    [
      'past the limit of all tasks',
      task({ config: { timeout: 200, subtask_timeout: 100 } }),
      limited,
      2,
      'its limit is 50 s',
    ],
    ['pauses do not count', task({ paused_seconds: 80, estimated_completion: at(120) }), {}, 0.5, 'has run for 20 s'],
    ['paused', task({ status: 'PAUSED', estimated_completion: at(1) }), {}, 0, 'the task is PAUSED'],
    [
      'not started',
      task({ status: 'QUEUED', started_time: undefined }),
      limited,
      0.2,
      'has no result after 3 min 20 s',
    ],
    [
      'paused all the time',
      task({ paused_seconds: 100 }),
      { overlong: { ...LIMITS.overlong, stillSeconds: 0 } },
      0,
      'is RUNNING and has no result after 0 s',
    ],
    ['ended', task({ status: 'TIMEOUT', completed_time: at(99) }), limited, 0, 'the task ended as TIMEOUT'],
    ['without estimate and limit', task(), {}, 0.1, 'is RUNNING and has no result after 1 min 40 s'],
  ])('%s', (_name, of, limits, value, summary) => {
    expect(read('task_overlong', of, limits)).toMatchObject({ value, summary: expect.stringContaining(summary) });
  });
});

describe('node_silent', () => {
  const node = (changes: Partial<AlertNode> = {}): AlertNode => ({
    node_id: 'n',
    status: 'online',
    last_seen: at(0),
    ...changes,
  });
  it.each<[string, AlertNode, number, number, string]>([
    ['silent', node(), 90, 90, 'no heartbeat for 1 min 30 s'],
    ['silent and offline', node({ status: 'offline', said_goodbye: false }), 240, 240, 'no heartbeat for 4 min'],
    ['said goodbye', node({ status: 'offline', said_goodbye: true }), 90, 0, 'the node said goodbye'],
    ['silent for a day', node(), 86_400, 0, 'no heartbeat for 1 d: the node is gone'],
    ['heard in the future', node({ last_seen: at(9) }), 1, 0, 'no heartbeat for 0 s'],
  ])('%s', (_name, of, seconds, value, summary) => {
    const reading = toNodeReading(of, { afterMs: 60_000 }, at(seconds));
    expect(reading).toEqual({ rule: 'node_silent', subject: 'n', threshold: 60, forMs: 0, value, summary });
  });
});

it('operation_stalled measures the time since the last task, or since the operation was sent', () => {
  const operation = { operation_id: 'o', action: 'label' as const, created_time: at(0), place: 3, matched: 9 };
  const read = (moved_time?: Date) => toOperationReading({ ...operation, moved_time }, { afterMs: 600_000 }, at(700));
  const common = { rule: 'operation_stalled', subject: 'o', threshold: 600, forMs: 120_000 };
  expect(read()).toEqual({
    ...common,
    value: 700,
    summary: 'label has commanded 3 of 9 tasks, and none for 11 min 40 s',
  });
  expect(read(at(690))).toMatchObject({ ...common, value: 10 });
});

it('queue_backlog has a threshold for updates and one for jobs', () => {
  const limits = { updates: 5_000, jobs: 100, lag: 30, forMs: 60_000 };
  expect(toQueueReading({ queue: QUEUES.stateUpdates.name, depth: 7 }, limits)).toEqual({
    rule: 'queue_backlog',
    subject: 'cs.updates',
    threshold: 5_000,
    forMs: 60_000,
    value: 7,
    summary: '7 messages wait in cs.updates',
  });
  expect(toQueueReading({ queue: 'cs.jobs.edge', depth: 7, lagSeconds: 60 }, limits)).toMatchObject({ threshold: 100 });
});

it('queue_backlog of updates measures the value closer to its threshold: messages or seconds', () => {
  const limits = { updates: 5_000, jobs: 100, lag: 30, forMs: 60_000 };
  const read = (depth: number, lagSeconds: number) =>
    toQueueReading({ queue: QUEUES.stateUpdates.name, depth, lagSeconds }, limits);
  expect(read(2_501, 15)).toMatchObject({ value: 2_501, threshold: 5_000 });
  expect(read(64, 45.2)).toMatchObject({
    value: 45.2,
    threshold: 30,
    summary: 'updates in cs.updates have waited for 45 s',
  });
});

describe('createRoundMaximum', () => {
  it('gives the greatest value of the page if a round is one page', () => {
    const add = createRoundMaximum();
    expect([add([0.2, 0.7], true), add([0.3], true), add([], true)]).toEqual([0.7, 0.3, 0]);
  });

  it('keeps the greatest value of the last round until the next round is over', () => {
    const add = createRoundMaximum();
    expect([add([1.5], false), add([0.1], true)]).toEqual([1.5, 1.5]);
    expect([add([0.2], false), add([2], false), add([0.1], true)]).toEqual([1.5, 2, 2]);
    expect([add([0.2], false), add([0.4], true)]).toEqual([2, 0.4]);
  });
});
