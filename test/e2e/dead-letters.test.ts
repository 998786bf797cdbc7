import {
  type DeadLetterOutcome,
  type DeadLetterSummary,
  EXCHANGES,
  type ExchangeName,
  type Page,
  type SubTask,
} from '@cyberstroll/contracts';
import type { Broker, Publisher } from '@cyberstroll/messaging';
import { createGroup } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createTestBroker, createTestStore, eventually, sendOut, sendUpdates, toUpdate } from '@cyberstroll/testkit';
import { startLightStack } from './light-stack';
import type { TestStack } from './test-stack';

let system: TestStack;
let store: Store;
let broker: Broker;
let publisher: Publisher;
let clients: ReturnType<typeof createGroup>;

beforeAll(async () => {
  // No node: what there is to report, the test reports.
  system = await startLightStack({ nodes: {}, replicas: { 'retry-scheduler': 2 } });
  store = createTestStore(system.stack.describe());
  broker = createTestBroker(system.stack.describe());
  publisher = broker.createPublisher();
  clients = createGroup('clients', [store, broker, publisher]);
  await clients.start();
});

afterAll(async () => {
  await clients?.stop();
  await system?.stop();
});

const report = (taskId: string, index: number) =>
  sendUpdates(publisher, [toUpdate(taskId, index)], { node_id: 'n1', instance_id: 'n1-a' });
const list = async (query: string) =>
  (await system.api.get<Page<DeadLetterSummary>>(`/api/dead-letters?${query}`)).items;
const post = async (command: string, body: object) => {
  const path = `/api/dead-letters/${command}`;
  return (await system.api.call<DeadLetterOutcome & { replayed: number; discarded: number }>('POST', path, body)).body;
};

it('an update that came too early is kept, replayed once it can be applied, and counts once', async () => {
  const { api } = system;
  const { task_id } = await api.createTask({ task_target: '127.90.0.0/31' });
  await report(task_id, 5);
  const deadLetters = await eventually(async () => {
    const found = await list('reason=outside_target_set');
    expect(found).toHaveLength(1);
    return found;
  });
  expect(deadLetters[0]).toMatchObject({ queue: 'cs.updates', sender: 'n1', state: 'waiting', replayable: true });

  expect(await store.taskStates.createSubTasks(task_id, ['127.90.0.8/29'])).toBe(8);
  await sendOut(store, task_id);
  const filter = { reason: 'outside_target_set' };
  expect(await post('replay', { filter, dry_run: true })).toMatchObject({ matched: 1, replayed: 1 });
  expect((await list('reason=outside_target_set'))[0]).toMatchObject({ state: 'waiting', replayed_times: [] });
  expect(await post('replay', { filter })).toMatchObject({ matched: 1, replayed: 1, skipped: [] });

  const subTask = await eventually(async () => {
    const found = await api.get<Pick<SubTask, 'status' | 'assigned_node'>>(
      `/api/tasks/${task_id}/subtasks/${task_id}-5`,
    );
    expect(found.status).toBe('SCANNING');
    return found;
  });
  expect(subTask.assigned_node).toBe('n1');
  expect((await api.getTask(task_id)).progress).toMatchObject({ scanning_count: 1, pending_count: 9 });
  const [marked] = await list('reason=outside_target_set');
  expect(marked).toMatchObject({ state: 'replayed', replayed_times: [{ operator: expect.any(String) }] });
  expect(await post('replay', { filter })).toMatchObject({
    replayed: 0,
    skipped: [{ id: marked!.dead_letter_id, why: 'already_replayed' }],
  });

  const { dead_letter_id } = marked!;
  expect(await post('replay', { filter: { ids: [dead_letter_id] } })).toMatchObject({ replayed: 1 });
  await report(task_id, 6);
  await eventually(async () => {
    expect((await api.getTask(task_id)).progress).toMatchObject({ scanning_count: 2, pending_count: 8 });
  });
  expect(await list('reason=outside_target_set')).toHaveLength(1);
});

describe('a cancel of subtasks that no node has begun', () => {
  const cancel = (task_id: string, index: number, exchange: ExchangeName) => {
    const update = { task_id, subtask_id: `${task_id}-${index}`, attempt: 1, status: 'CANCELLED' } as const;
    return sendUpdates(publisher, [update], { operator: 'retry-scheduler' }, exchange);
  };
  const statusOf = async (task_id: string, index: number) =>
    (await system.api.get<SubTask>(`/api/tasks/${task_id}/subtasks/${task_id}-${index}`)).status;

  it('counts for nothing among the reports of nodes, and becomes no order by a replay', async () => {
    const { task_id } = await system.api.createTask({ task_target: '127.91.0.0/31' });
    const deadLetters = (count: number) =>
      eventually(async () => {
        const found = await list('reason=not_a_service_update');
        expect(found).toHaveLength(count);
        return found;
      });
    await cancel(task_id, 0, EXCHANGES.state.name);
    expect(await deadLetters(1)).toMatchObject([
      { exchange: EXCHANGES.state.name, replayable: true, state: 'waiting' },
    ]);
    expect(await post('replay', { filter: { reason: 'not_a_service_update' } })).toMatchObject({ replayed: 1 });
    const [replayed] = await deadLetters(2);
    expect(replayed).toMatchObject({ exchange: EXCHANGES.state.name });
    expect(await statusOf(task_id, 0)).toBe('PENDING');
  });

  it('that a service publishes too early counts when it is replayed', async () => {
    const { task_id } = await system.api.createTask({ task_target: '127.92.0.0/31' });
    await cancel(task_id, 5, EXCHANGES.serviceUpdates.name);
    const deadLetter = await eventually(async () => {
      const found = (await list('reason=outside_target_set&state=waiting')).find(
        ({ sender }) => sender === 'retry-scheduler',
      );
      expect(found).toMatchObject({ exchange: EXCHANGES.serviceUpdates.name, replayable: true });
      return found!;
    });
    expect(await store.taskStates.createSubTasks(task_id, ['127.92.0.8/29'])).toBe(8);
    expect(await post('replay', { filter: { ids: [deadLetter.dead_letter_id] } })).toMatchObject({ replayed: 1 });
    await eventually(async () => expect(await statusOf(task_id, 5)).toBe('CANCELLED'));
  });
});

it('an update of no task is kept, and discarded', async () => {
  await report('f'.repeat(24), 0);
  const filter = { reason: 'unknown_task' };
  await eventually(async () => expect(await list('reason=unknown_task')).toHaveLength(1));
  expect(await post('discard', { filter })).toMatchObject({ matched: 1, discarded: 1 });
  expect(await list('reason=unknown_task')).toEqual([]);
  expect(await list('reason=unknown_task&state=discarded')).toHaveLength(1);
  expect(await post('replay', { filter })).toMatchObject({ matched: 0, replayed: 0 });
});
