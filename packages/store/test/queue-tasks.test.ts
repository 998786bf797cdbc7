import { recordCommands, toRecordableUri } from '@cyberstroll/testkit';
import { createStore } from '../src';
import { createTaskCommands } from '../src/tasks/task-commands';
import { createTaskWriter } from '../src/tasks/write-tasks';
import { withBetween } from './between';
import { newTask, type StoreFixture, setup, silent, toNames, withStoppedClock } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const createTasks = (count: number): Promise<string[]> =>
  Promise.all(
    Array.from({ length: count }, async () => (await fixture.store.tasks.createTask(newTask())).task.task_id),
  );
const findLast = async (id: string) => {
  const { status_history, rev } = await fixture.store.tasks.getTask(id);
  const { status, reason, operator } = status_history.at(-1)!;
  return { status, reason, operator, rev };
};

it('takes many CREATED tasks to QUEUED by two commands, and no other task', async () => {
  const uri = toRecordableUri(fixture.testbed.mongodb_uri);
  const store = createStore({ uri, instance: 'recorded', logger: silent });
  await store.start();
  const ids = await createTasks(20);
  await fixture.store.tasks.updateTaskStatus(ids[0]!, 'CANCELLED', 'enough', 'otto');
  const recording = recordCommands();
  const queued = await store.tasks.queueTasks([...ids, 'f'.repeat(24)], 'taken up', 'ada');
  recording.stop();
  await store.stop();
  expect(toNames(recording.commands)).toEqual(['find tasks', 'update tasks']);
  expect(queued.sort()).toEqual(ids.slice(1).sort());
  for (const id of queued)
    expect(await findLast(id)).toEqual({ status: 'QUEUED', reason: 'taken up', operator: 'ada', rev: 1 });
  expect(await findLast(ids[0]!)).toMatchObject({ status: 'CANCELLED', operator: 'otto' });
  expect((await fixture.store.tasks.getTask(ids[1]!)).queued_time).toBeInstanceOf(Date);
});

it('leaves a task as it is that another has changed between the read and the write, and says so', async () => {
  const [cancelled, queued, renamed, left] = (await createTasks(4)) as [string, string, string, string];
  const { tasks } = fixture.store;
  const { db, sessions } = await fixture.openParts('slow');
  const slow = withBetween(db, 'tasks', 'bulkWrite', async () => {
    await tasks.updateTaskStatus(cancelled, 'CANCELLED', 'enough', 'otto');
    await tasks.queueTasks([queued], 'taken up', 'bob');
    await tasks.changeFields(renamed, () => ({ name: 'one' }));
  });
  const writer = createTaskWriter(slow, sessions);
  const { queueTasks } = createTaskCommands({ db: slow, sessions, writer, getFleetPace: async () => undefined });
  expect(await queueTasks([cancelled, queued, renamed, left], 'taken up', 'ada')).toEqual([renamed, left]);
  const lasts = await Promise.all([cancelled, queued, renamed, left].map(findLast));
  expect(lasts.map(({ status, operator }) => [status, operator])).toEqual([
    ['CANCELLED', 'otto'],
    ['QUEUED', 'bob'],
    // A name is no part of the state.
    ['QUEUED', 'ada'],
    ['QUEUED', 'ada'],
  ]);
});

it('changes a status by one read and one write, and returns it with its progress', async () => {
  const uri = toRecordableUri(fixture.testbed.mongodb_uri);
  const store = createStore({ uri, instance: 'recorded', logger: silent });
  await store.start();
  const [other, id] = (await createTasks(2)) as [string, string];
  await fixture.store.tasks.queueTasks([other, id], 'taken up', 'ada');
  const { outcome, recording } = await withStoppedClock(async () => {
    // The first one reads the pace of the fleet.
    await store.tasks.updateTaskStatus(other, 'CANCELLED', 'enough', 'otto');
    const recording = recordCommands();
    const outcome = await store.tasks.updateTaskStatus(id, () => 'RUNNING', 'begun', 'otto');
    recording.stop();
    return { outcome, recording };
  });
  await store.stop();
  expect(toNames(recording.commands)).toEqual(['find tasks', 'find task_progress', 'update tasks']);
  const { rev, status } = await fixture.store.tasks.getTask(id);
  expect(outcome).toMatchObject({ changed: true, before: 'QUEUED', task: { rev, status } });
  expect(outcome.snapshot).toEqual({ ...(await fixture.store.tasks.findSnapshot(id)), timestamp: expect.any(String) });
});
