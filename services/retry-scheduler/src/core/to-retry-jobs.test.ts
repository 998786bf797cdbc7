import { jobSchema } from '@cyberstroll/contracts';
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
const node = (node_id: string, overrides: Partial<OnlineNode> = {}): OnlineNode => ({
  node_id,
  status: 'online',
  pools: ['default'],
  capacity: 400,
  ...overrides,
});
const EMPTY = new Map<string, number | undefined>([
  ['default', 0],
  ['dmz', 0],
]);
/** Nodes that serve both pools; nothing waits in a queue. */
const around = (tasks: RetryTask[], nodes = [node('n', { pools: ['default', 'dmz'] })], depths = EMPTY) => ({
  tasks,
  nodes,
  depths,
});
const due = (task_id: string, count: number, attempt = 2): DueSubTask[] =>
  Array.from({ length: count }, (_, i) => ({ task_id, subtask_id: `${task_id}-${i}`, ip: '127.0.0.1', attempt }));

describe('toRetryJobs', () => {
  it('divides the retries by task into jobs of 100, each under its own attempt', () => {
    const other = task({ task_id: T2, config: { pool: 'dmz', subtask_timeout: 5 }, exclude_target: '127.0.0.9' });
    const { jobs, waiting } = toRetryJobs([...due(T1, 250), ...due(T2, 1, 4)], around([task(), other]));
    expect(jobs.map(({ pool, job }) => [pool, job.task_id, job.subtasks.length])).toEqual([
      ['default', T1, 100],
      ['default', T1, 100],
      ['default', T1, 50],
      ['dmz', T2, 1],
    ]);
    expect(jsonOf(jobs.at(-1)!.job)).toMatchObject({ exclude_target: '127.0.0.9', subtasks: [{ attempt: 4 }] });
    expect(waiting).toEqual([]);
  });

  it('gives each job the trace of its task', () => {
    const tasks = [task({ traceparent: 'of-1' }), task({ task_id: T2 })];
    const { jobs } = toRetryJobs([...due(T1, 101), ...due(T2, 1)], around(tasks));
    expect(jobs.map(({ traceparent }) => traceparent)).toEqual(['of-1', 'of-1', undefined]);
  });

  it.each([
    ['PAUSED', 3],
    ['CANCELLED', 0],
    ['QUEUED', 0],
  ] as const)('sends none of a task that is %s', (status, kept) => {
    const { jobs, waiting } = toRetryJobs(due(T1, 3), around([task({ status })]));
    expect(jobs).toEqual([]);
    expect(waiting).toHaveLength(kept);
  });

  it('sends no retry of a task that is not open', () => {
    expect(toRetryJobs(due(T1, 3), around([]))).toEqual({ jobs: [], waiting: [] });
  });

  it.each<[string, OnlineNode[]]>([
    ['has no node', []],
    ['has a node that stops', [node('a', { status: 'draining' })]],
    ['is served by none that is online', [node('a', { pools: ['dmz'] })]],
    ['has no node that scans by the method', [node('a', { methods: ['nmap'] })]],
  ])('leaves those of a pool that %s due', (_, nodes) => {
    const { jobs, waiting } = toRetryJobs(due(T1, 3), around([task()], nodes));
    expect([jobs.length, waiting.length]).toEqual([0, 3]);
  });

  it.each([
    [400, [100, 100, 50]],
    [10_000, [250]],
    [200, [50, 50, 50, 50, 50]],
    [4, Array(250).fill(1)],
    [1, Array(250).fill(1)],
  ])('fills a quarter of the slots of a smallest node of %d', (capacity, sizes) => {
    const nodes = [node('a', { capacity }), node('b', { capacity: 100_000 })];
    const { jobs } = toRetryJobs(due(T1, 250), around([task()], nodes));
    expect(jobs.map(({ job }) => job.subtasks.length)).toEqual(sizes);
  });

  const sent = due(T1, 1).map((subTask) => ({ ...subTask, retry_sent_time: new Date(0) }));
  it.each<[string, boolean, OnlineNode[], number | undefined]>([
    ['a slot is free and nothing waits in the queue', true, [node('a', { status: 'busy' }), node('b')], 0],
    ['it may wait in the queue', false, [node('a')], 1],
    ['RabbitMQ does not know whether it waits in the queue', false, [node('a')], undefined],
    ['it may lie with a node that is full', false, [node('a', { status: 'busy' })], 0],
    [
      'the free slot is for another method',
      false,
      [node('a', { status: 'busy' }), node('b', { methods: ['nmap'] })],
      0,
    ],
    ['nobody would take it', false, [], 0],
  ])('sends again, or not, a retry that no node has taken: %s', (_, isSent, nodes, depth) => {
    const { jobs, waiting } = toRetryJobs(sent, around([task()], nodes, new Map([['default', depth]])));
    expect([jobs.map(({ isRepeat }) => isRepeat), waiting.length]).toEqual(isSent ? [[true], 0] : [[], 1]);
    const fresh = toRetryJobs(due(T1, 1), around([task()], nodes, new Map([['default', depth]])));
    expect(fresh.jobs.map(({ isRepeat }) => isRepeat)).toEqual(nodes.length > 0 ? [false] : []);
  });
});

describe('the node that a retry avoids', () => {
  const failedOn = (last_node: string | undefined, count: number) =>
    due(T1, count).map((subTask) => ({ ...subTask, ...(last_node && { last_node }) }));
  it.each<[string, OnlineNode[], string | undefined]>([
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
    const { jobs } = toRetryJobs(failedOn('a', 1), around([task()], nodes));
    expect(jobs.map(({ job }) => jsonOf(job).avoid_node)).toEqual([expected]);
  });

  it('divides the jobs', () => {
    const subTasks = [...failedOn('a', 150), ...failedOn('b', 1), ...failedOn(undefined, 2)];
    const { jobs } = toRetryJobs(subTasks, around([task()], [node('a'), node('b')]));
    expect(jobs.map(({ job }) => [job.avoid_node, job.subtasks.length])).toEqual([
      ['a', 100],
      ['a', 50],
      ['b', 1],
      [undefined, 2],
    ]);
  });
});

const jsonOf = (job: unknown) => jobSchema.parse(JSON.parse(JSON.stringify(job)));
