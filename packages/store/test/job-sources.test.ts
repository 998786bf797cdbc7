import { recordCommands, upTo } from '@cyberstroll/testkit';
import { createJobSources } from '../src/dispatch/job-sources';
import { queuedTask, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('keeps the job sources of the tasks used last, as many as are not too heavy together', async () => {
  const { db } = await fixture.openParts('reader');
  const scattered = Array.from({ length: 100 }, (_, i) => `127.0.0.${2 * i + 1}`).join(',');
  const [a, b, c] = await Promise.all([1, 2, 3].map(() => queuedTask(fixture.store, scattered)));
  const light = await queuedTask(fixture.store, '127.0.0.1');
  const getJobSource = createJobSources(db, 350);
  const first = { a: await getJobSource(a!), b: await getJobSource(b!), light: await getJobSource(light) };
  expect(first.a).toMatchObject({ scan: { method: 'connect' }, targets: { count: 100, intervals: 100 } });
  expect(await getJobSource(a!)).toBe(first.a);
  await getJobSource(c!);
  expect(await getJobSource(light)).toBe(first.light);
  expect(await getJobSource(a!)).toBe(first.a);
  expect(await getJobSource(b!)).not.toBe(first.b);
});

it('keeps a single one that is heavier than the limit, until the next', async () => {
  const { db } = await fixture.openParts('reader-2');
  const getJobSource = createJobSources(db, 1);
  const [a, b] = await Promise.all([1, 2].map(() => queuedTask(fixture.store, '127.0.0.1')));
  const first = await getJobSource(a!);
  expect(await getJobSource(a!)).toBe(first);
  await getJobSource(b!);
  expect(await getJobSource(a!)).not.toBe(first);
});

it('reads those that are asked for at the same time together', async () => {
  const { db } = await fixture.openParts('reader-3');
  const taskIds = await Promise.all(upTo(60).map((i) => queuedTask(fixture.store, `127.0.0.1-${i + 1}`)));
  const getJobSource = createJobSources(db);
  const recording = recordCommands();
  const unknown = getJobSource('f'.repeat(24));
  const rejected = expect(unknown).rejects.toMatchObject({ code: 'task_not_found' });
  const sources = await Promise.all(taskIds.map((taskId) => getJobSource(taskId)));
  await rejected;
  recording.stop();
  expect(sources.map(({ targets }) => targets.count)).toEqual(upTo(60).map((i) => i + 1));
  const finds = recording.commands.map(({ name, collection }) => `${name} ${collection}`).sort();
  expect(finds).toEqual(['find task_targets', 'find task_targets', 'find tasks', 'find tasks']);
});
