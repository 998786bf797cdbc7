import { upTo } from '@cyberstroll/testkit';
import { newTask, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('changes name, labels and priority, and says what differs', async () => {
  const { tasks } = fixture.store;
  const { task_id, rev } = (await tasks.createTask(newTask('127.0.0.1', {}, { name: 'n', labels: ['a'] }))).task;
  const fields = { name: null, labels: ['a', 'b'], priority: 8 };
  const changed = await tasks.changeFields(task_id, () => fields, { rev });
  expect(changed).toMatchObject({ before: { name: 'n', labels: ['a'], priority: 5 }, after: fields });
  const task = await tasks.getTask(task_id);
  expect(task).toMatchObject({ labels: ['a', 'b'], config: { priority: 8, max_retries: 3 }, rev: rev + 1 });
  expect(task).not.toHaveProperty('name');

  expect(await tasks.changeFields(task_id, () => fields)).toMatchObject({ before: {}, after: {} });
  expect((await tasks.getTask(task_id)).rev).toBe(rev + 1);
  await expect(tasks.changeFields(task_id, () => fields, { rev })).rejects.toMatchObject({ code: 'version_changed' });
  await expect(tasks.changeFields('f'.repeat(24), () => fields)).rejects.toMatchObject({ code: 'task_not_found' });
});

it('loses no change of several at once', async () => {
  const { tasks } = fixture.store;
  const { task_id } = (await tasks.createTask(newTask('127.0.0.1'))).task;
  const add = (label: string) => tasks.changeFields(task_id, ({ labels = [] }) => ({ labels: [...labels, label] }));
  await Promise.all(upTo(8).map((n) => add(`l${n}`)));
  expect((await tasks.getTask(task_id)).labels?.toSorted()).toEqual(upTo(8).map((n) => `l${n}`));
});
