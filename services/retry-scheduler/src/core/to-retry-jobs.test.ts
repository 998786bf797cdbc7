import { jobSchema, subTaskUpdateSchema } from '@cyberstroll/contracts';
import { toCancelUpdates } from './to-cancel-updates';
import { type DueSubTask, type OnlineNode, type RetryTask, toRetryJobs } from './to-retry-jobs';

const T1 = '1'.repeat(24);
const T2 = '2'.repeat(24);
const task = (overrides: Partial<RetryTask> = {}): RetryTask => ({
  task_id: T1,
  status: 'RUNNING',
  scan: { ports: '22', method: 'connect' },
  config: { pool: 'default', subtask_timeout: 30 },
  ...overrides,
});
const due = (task_id: string, count: number, attempt = 2): DueSubTask[] =>
  Array.from({ length: count }, (_, i) => ({ task_id, subtask_id: `${task_id}-${i}`, ip: '127.0.0.1', attempt }));

describe('toRetryJobs', () => {
  it('parts them by task, into jobs of 100, under the attempt of each', () => {
    const other = task({ task_id: T2, config: { pool: 'dmz', subtask_timeout: 5 }, exclude_target: '127.0.0.9' });
    const { jobs, waiting } = toRetryJobs([...due(T1, 250), ...due(T2, 1, 4)], [task(), other], []);
    expect(jobs.map(({ pool, job }) => [pool, job.task_id, job.subtasks.length])).toEqual([
      ['default', T1, 100],
      ['default', T1, 100],
      ['default', T1, 50],
      ['dmz', T2, 1],
    ]);
    expect(jsonOf(jobs.at(-1)!.job)).toMatchObject({ exclude_target: '127.0.0.9', subtasks: [{ attempt: 4 }] });
    expect(waiting).toEqual([]);
  });

  it('leaves each job its task’s trace', () => {
    const tasks = [task({ traceparent: 'of-1' }), task({ task_id: T2 })];
    const { jobs } = toRetryJobs([...due(T1, 101), ...due(T2, 1)], tasks, []);
    expect(jobs.map(({ traceparent }) => traceparent)).toEqual(['of-1', 'of-1', undefined]);
  });

  it.each([
    ['PAUSED', 3],
    ['CANCELLED', 0],
    ['QUEUED', 0],
  ] as const)('sends none of a task that is %s', (status, kept) => {
    const { jobs, waiting } = toRetryJobs(due(T1, 3), [task({ status })], []);
    expect(jobs).toEqual([]);
    expect(waiting).toHaveLength(kept);
  });

  it('sends none of a task that is not open', () => {
    expect(toRetryJobs(due(T1, 3), [], [])).toEqual({ jobs: [], waiting: [] });
  });
});

describe('the node that a retry avoids', () => {
  const failedOn = (last_node: string | undefined, count: number) =>
    due(T1, count).map((subTask) => ({ ...subTask, ...(last_node && { last_node }) }));
  const node = (node_id: string, overrides: Partial<OnlineNode> = {}): OnlineNode => ({
    node_id,
    status: 'online',
    pools: ['default'],
    ...overrides,
  });

  it.each<[string, OnlineNode[], string | undefined]>([
    ['is the one that it failed on', [node('a'), node('b')], 'a'],
    ['may be gone', [node('b')], 'a'],
    ['and the other may be busy', [node('a'), node('b', { status: 'busy' })], 'a'],
    ['is none where it is the only one', [node('a')], undefined],
    ['is none where the other stops', [node('a'), node('b', { status: 'draining' })], undefined],
    ['is none where the other serves another pool', [node('a'), node('b', { pools: ['dmz'] })], undefined],
    ['is none where no node is online', [], undefined],
  ])('%s', (_, nodes, expected) => {
    const { jobs } = toRetryJobs(failedOn('a', 1), [task()], nodes);
    expect(jobs.map(({ job }) => jsonOf(job).avoid_node)).toEqual([expected]);
  });

  it('parts the jobs', () => {
    const subTasks = [...failedOn('a', 150), ...failedOn('b', 1), ...failedOn(undefined, 2)];
    const { jobs } = toRetryJobs(subTasks, [task()], [node('a'), node('b')]);
    expect(jobs.map(({ job }) => [job.avoid_node, job.subtasks.length])).toEqual([
      ['a', 100],
      ['a', 50],
      ['b', 1],
      [undefined, 2],
    ]);
  });
});

describe('toCancelUpdates', () => {
  const open = { task_id: T1, subtask_id: `${T1}-3`, ip: '127.0.0.3', attempt: 2 };

  it('names the lease that holds a subtask, and none where nobody does', () => {
    const updates = toCancelUpdates([{ ...open, lease_id: 'lease' }, open], 'CANCELLED', new Date());
    expect(updates.map((update) => subTaskUpdateSchema.parse(update).lease_id)).toEqual(['lease', undefined]);
    expect(updates[1]).not.toHaveProperty('lease_id');
    expect(updates[0]).toMatchObject({ status: 'CANCELLED', attempt: 2, reason: 'its task ended as CANCELLED' });
  });
});

const jsonOf = (job: unknown) => jobSchema.parse(JSON.parse(JSON.stringify(job)));
