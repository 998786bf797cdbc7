import { upTo } from '@cyberstroll/testkit';
import { toVersion } from '../src';
import { claimOf, newTask, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('changes name, labels and priority, and says what differs', async () => {
  const { tasks } = fixture.store;
  const created = (await tasks.createTask(newTask('127.0.0.1', {}, { name: 'n', labels: ['a'] }))).task;
  const { task_id, rev } = created;
  const version = toVersion(created);
  const fields = { name: null, labels: ['a', 'b'], priority: 8 };
  const changed = await tasks.changeFields(task_id, () => fields, { version });
  expect(changed).toMatchObject({ before: { name: 'n', labels: ['a'], priority: 5 }, after: fields });
  const task = await tasks.getTask(task_id);
  expect(task).toMatchObject({ labels: ['a', 'b'], config: { priority: 8, max_retries: 3 }, rev });
  expect(toVersion(task)).toBe(version + 1);
  expect(task).not.toHaveProperty('name');

  expect(await tasks.changeFields(task_id, () => fields)).toMatchObject({ before: {}, after: {} });
  expect(toVersion(await tasks.getTask(task_id))).toBe(version + 1);
  await expect(tasks.changeFields(task_id, () => fields, { version })).rejects.toMatchObject({
    code: 'version_changed',
  });
  await expect(tasks.changeFields('f'.repeat(24), () => fields)).rejects.toMatchObject({ code: 'task_not_found' });
});

it('loses no change of several at once', async () => {
  const { tasks } = fixture.store;
  const { task_id } = (await tasks.createTask(newTask('127.0.0.1'))).task;
  const add = (label: string) => tasks.changeFields(task_id, ({ labels }) => ({ labels: [...(labels ?? []), label] }));
  await Promise.all(upTo(8).map((n) => add(`l${n}`)));
  expect((await tasks.getTask(task_id)).labels?.toSorted()).toEqual(upTo(8).map((n) => `l${n}`));
});

it('a task that is created without labels has none', async () => {
  const { tasks } = fixture.store;
  for (const labels of [null, undefined]) {
    const { task } = await tasks.createTask({ ...newTask('127.0.0.1'), labels });
    expect((await fixture.store.tasks.getTask(task.task_id)).labels).toEqual([]);
  }
});

it('updaters that begin to count for a task, or start again, do not change its version', async () => {
  const { tasks } = fixture.store;
  const taskId = await queuedTask(fixture.store, '127.0.0.0/30');
  const version = toVersion(await tasks.getTask(taskId));
  for (const [index, instance] of ['updater-0', 'updater-2', 'updater-0'].entries()) {
    const updater = await fixture.openStore(instance);
    await updater.subTasks.batchUpdateSubTasks([report(claimOf(taskId, index), 'SCANNING')]);
  }
  const counted = await tasks.getTask(taskId);
  expect([toVersion(counted), counted.fence]).toEqual([version, 2]);
  await tasks.changeFields(taskId, () => ({ priority: 9 }), { version });
});
