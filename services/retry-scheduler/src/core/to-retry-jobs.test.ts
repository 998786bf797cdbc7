import { jobSchema } from '@cyberstroll/contracts';
import { type DueSubTask, type RetryNode, type RetryTask, toRetryJobs } from './to-retry-jobs';

const T1 = '1'.repeat(24);
const T2 = '2'.repeat(24);
const task = (overrides: Partial<RetryTask> = {}): RetryTask => ({
  task_id: T1,
  status: 'RUNNING',
  scan: { ports: '22', method: 'connect' },
  config: { pool: 'default', subtask_timeout: 30 },
  ...overrides,
});
const node = (node_id: string, overrides: Partial<RetryNode> = {}): RetryNode => ({
  node_id,
  status: 'online',
  pools: ['default'],
  capacity: 400,
  ...overrides,
});
/** Nodes that serve both pools. */
const around = (tasks: RetryTask[], nodes = [node('n', { pools: ['default', 'dmz'] })]) => ({ tasks, nodes });
const due = (task_id: string, count: number, attempt = 2): DueSubTask[] =>
  Array.from({ length: count }, (_, i) => ({ task_id, subtask_id: `${task_id}-${i}`, ip: '127.0.0.1', attempt }));

describe('toRetryJobs', () => {
  it('divides the retries by task into jobs of 100, each under its own attempt', () => {
    const other = task({ task_id: T2, config: { pool: 'dmz', subtask_timeout: 5 }, exclude_target: '127.0.0.9' });
    const jobs = toRetryJobs([...due(T1, 250), ...due(T2, 1, 4)], around([task(), other]));
    expect(jobs.map(({ pool, job }) => [pool, job.task_id, job.subtasks.length])).toEqual([
      ['default', T1, 100],
      ['default', T1, 100],
      ['default', T1, 50],
      ['dmz', T2, 1],
    ]);
    expect(jsonOf(jobs.at(-1)!.job)).toMatchObject({ exclude_target: '127.0.0.9', subtasks: [{ attempt: 4 }] });
  });

  it('gives each job the trace of its task', () => {
    const tasks = [task({ traceparent: 'of-1' }), task({ task_id: T2 })];
    const jobs = toRetryJobs([...due(T1, 101), ...due(T2, 1)], around(tasks));
    expect(jobs.map(({ traceparent }) => traceparent)).toEqual(['of-1', 'of-1', undefined]);
  });

  it.each(['PAUSED', 'CANCELLED', 'QUEUED'] as const)('sends none of a task that is %s', (status) => {
    expect(toRetryJobs(due(T1, 3), around([task({ status })]))).toEqual([]);
  });

  it('sends no retry of a task that is not open', () => {
    expect(toRetryJobs(due(T1, 3), around([]))).toEqual([]);
  });

  it.each<[string, RetryNode[]]>([
    ['has no node', []],
    ['has a node that stops', [node('a', { status: 'draining' })]],
    ['is served by none that is online', [node('a', { pools: ['dmz'] })]],
    ['has no node that scans by the method', [node('a', { methods: ['nmap'] })]],
  ])('sends none to a pool that %s', (_, nodes) => {
    expect(toRetryJobs(due(T1, 3), around([task()], nodes))).toEqual([]);
  });

  it.each([
    [400, [100, 100, 50]],
    [10_000, [250]],
    [200, [50, 50, 50, 50, 50]],
    [4, Array(250).fill(1)],
    [1, Array(250).fill(1)],
  ])('fills a quarter of the slots of a smallest node of %d', (capacity, sizes) => {
    const nodes = [node('a', { capacity }), node('b', { capacity: 100_000 })];
    const jobs = toRetryJobs(due(T1, 250), around([task()], nodes));
    expect(jobs.map(({ job }) => job.subtasks.length)).toEqual(sizes);
  });
});

describe('the node that a retry avoids', () => {
  const failedOn = (last_node: string | undefined, count: number) =>
    due(T1, count).map((subTask) => ({ ...subTask, ...(last_node && { last_node }) }));
  it.each<[string, RetryNode[], string | undefined]>([
    ['is the one that it failed on', [node('a'), node('b')], 'a'],
    ['may be gone', [node('b')], 'a'],
    ['and the other may be busy', [node('a'), node('b', { status: 'busy' })], 'a'],
    ['is not named if it is the only node', [node('a')], undefined],
    ['is not named if the other node drains', [node('a'), node('b', { status: 'draining' })], undefined],
    ['is not named if the other node serves another pool', [node('a'), node('b', { pools: ['dmz'] })], undefined],
    [
      'is not named if the other node scans by another method',
      [node('a'), node('b', { methods: ['nmap'] })],
      undefined,
    ],
  ])('%s', (_, nodes, expected) => {
    const jobs = toRetryJobs(failedOn('a', 1), around([task()], nodes));
    expect(jobs.map(({ job }) => jsonOf(job).avoid_node)).toEqual([expected]);
  });

  it('divides the jobs', () => {
    const subTasks = [...failedOn('a', 150), ...failedOn('b', 1), ...failedOn(undefined, 2)];
    const jobs = toRetryJobs(subTasks, around([task()], [node('a'), node('b')]));
    expect(jobs.map(({ job }) => [job.avoid_node, job.subtasks.length])).toEqual([
      ['a', 100],
      ['a', 50],
      ['b', 1],
      [undefined, 2],
    ]);
  });
});

const jsonOf = (job: unknown) => jobSchema.parse(JSON.parse(JSON.stringify(job)));
