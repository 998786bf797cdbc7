import { AppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { parseScope } from '@cyberstroll/targets';
import { eventually, report, testLogger, upTo } from '@cyberstroll/testkit';
import { createChainSweep } from '../src/sweeps/continue-chains';
import { newTask } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.testbed.cleanup());

const read = async (taskId: string) => (await fixture.api('GET', `/api/tasks/${taskId}`)).body;
const next = (taskId: string): Promise<string> =>
  eventually(async () => {
    const { next_task } = await read(taskId);
    expect(next_task).toBeDefined();
    return next_task;
  });
const settle = (taskId: string) => fixture.store.tasks.settleTasks([taskId]);
const FOUR = { task_target: '127.0.0.0/30', config: { max_retries: 0, order: 'sequential' } };

/** A task whose first two addresses have an open port, and whose others failed; COMPLETED. */
async function completedTask(change: object): Promise<string> {
  const taskId = await fixture.runningTask(['COMPLETED', 'COMPLETED', 'FAILED', 'FAILED'], { ...FOUR, ...change });
  expect(await settle(taskId)).toHaveLength(1);
  return taskId;
}

it('begins a task when another one is COMPLETED, with what that found, and then the next one', async () => {
  const on_end = [
    { scan: { method: 'http', options: { a: 1 } }, config: { pool: 'web', max_retries: 0 } },
    { targets: 'all', name: 'last', labels: ['end'], scan: { method: 'nuclei' } },
  ];
  const scan = { ports: '22,80', method: 'connect', options: { slow: true } };
  const first = await completedTask({ name: 'night', metadata: { ticket: 7 }, scan, on_end });
  const second = await next(first);
  expect(await read(second)).toMatchObject({
    name: 'night → http',
    from_task: first,
    only: 'open',
    task_target: '127.0.0.0/31',
    metadata: { ticket: 7 },
    scan: { ports: '80', method: 'http', options: { a: 1 } },
    config: { pool: 'web', order: 'sequential' },
    on_end: [{ name: 'last' }],
    status_history: [{ status: 'CREATED' }],
  });

  await fixture.store.tasks.updateTaskStatus(second, 'CANCELLED', 'test');
  const other = await completedTask({ scan, on_end: [on_end[1]] });
  const third = await next(other);
  const { on_end: left, ...last } = await read(third);
  expect([left, last.only, last.scan.options]).toEqual([undefined, undefined, undefined]);
  expect(last).toMatchObject({ name: 'last', labels: ['end'], task_target: FOUR.task_target, from_task: other });
  expect(last.scan).toMatchObject({ ports: '22,80', method: 'nuclei' });
  // A task that was cancelled is followed by none.
  await settle(second);
  const audit = await fixture.api('GET', `/api/audit?task_id=${third}`, { key: KEYS.admin });
  expect(audit.body.items).toMatchObject([{ operation: 'createTask', subject: other, status: 201 }]);
  expect((await read(second)).next_task).toBeUndefined();
});

it('says why no task follows', async () => {
  const on_end = [{ scan: { method: 'http' } }];
  const nothing = await fixture.runningTask([], { task_target: '127.0.0.1', on_end });
  const scan_result = { open_ports: [], services: [], response_time: 0 };
  await report(fixture.store, nothing, [0], { status: 'COMPLETED', scan_result });
  await fixture.store.tasks.calculateTaskProgress(nothing);
  expect(await settle(nothing)).toMatchObject([{ status: 'COMPLETED' }]);
  await eventually(async () => expect((await read(nothing)).on_end_error).toMatchObject({ code: 'nothing_to_scan' }));
});

it('refuses steps that cannot be', async () => {
  const post = async (on_end: unknown) => (await fixture.api('POST', '/api/tasks', { body: newTask({ on_end }) })).body;
  expect(await post([])).toMatchObject({ code: 'invalid_body', field: 'on_end' });
  expect(await post(upTo(5).map(() => ({ scan: {} })))).toMatchObject({ code: 'invalid_body', field: 'on_end' });
  expect(await post([{ scan: { ports: '0' } }])).toMatchObject({ code: 'invalid_body', field: 'on_end.0.scan.ports' });
  expect(await post([{ scan: {}, task_target: '127.0.0.1' }])).toMatchObject({ code: 'invalid_body' });
  const large = upTo(2).map(() => ({ scan: { options: { text: 'x'.repeat(9_000) } } }));
  expect(await post(large)).toMatchObject({ code: 'invalid_body', field: 'on_end' });
});

describe('in a replica of its own', () => {
  const OWNER = { operator: 'otto' };
  const sweep = (tasks: Partial<Store['tasks']>, rights: Parameters<typeof createChainSweep>[0]['findRights']) =>
    createChainSweep({
      store: { ...fixture.store, tasks: { ...fixture.store.tasks, ...tasks } },
      broadcast: async () => undefined,
      admit: async () => undefined,
      findRights: rights,
      leadership: { isLeader: async () => true },
      config: { SCAN_SCOPE: parseScope('127.0.0.0/8'), MAX_TARGETS_PER_TASK: 10, AUDIT_LOG_DAYS: 1 },
      logger: testLogger,
    });
  /** As if this task alone were due, and had just ended. */
  async function due(): Promise<Partial<Store['tasks']>> {
    const taskId = await completedTask({});
    const task = await fixture.store.tasks.getTask(taskId);
    return { findChained: async () => [{ ...task, on_end: [{ scan: { method: 'http' } }], chain: OWNER }] };
  }

  it('creates one task, wherever replicas die', async () => {
    const only = await due();
    const [task] = await only.findChained!(1);
    const all = async () => ({ scope: undefined });
    const noted: unknown[] = [];
    const dead = async () => {
      throw new AppError('mongodb_unavailable', { detail: 'this process is dead' });
    };
    const endChain: Store['tasks']['endChain'] = async (_, outcome) => void noted.push(outcome);
    await sweep({ ...only, createTask: dead }, all)(new Date());
    await sweep({ ...only, endChain: dead }, all)(new Date()).catch(() => undefined);
    const passes = upTo(3).map(() => sweep({ ...only, endChain }, all)(new Date()));
    expect(await Promise.all(passes)).toEqual(upTo(3).map(() => ({ created: 1, failed: 0 })));
    const { items } = await fixture.store.tasks.findTasks({ limit: 1_000, sort: 'newest' });
    const followers = items.filter(({ from_task }) => from_task === task!.task_id);
    expect(followers).toHaveLength(1);
    expect(noted).toEqual(upTo(3).map(() => ({ next_task: followers[0]!.task_id })));
  });

  it('begins nothing for a key that is gone, or outside of its networks', async () => {
    const only = await due();
    const noted: object[] = [];
    const endChain: Store['tasks']['endChain'] = async (_, outcome) => void noted.push(outcome);
    await sweep({ ...only, endChain }, async () => ({ gone: 'revoked' }))(new Date());
    expect(noted).toEqual([{ on_end_error: { code: 'forbidden', detail: expect.stringContaining('revoked') } }]);
  });
});
