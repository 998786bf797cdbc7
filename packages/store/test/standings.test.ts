import { createTcpProxy, eventually, recordCommands, type TcpProxy, toRecordableUri } from '@cyberstroll/testkit';
import { createStore, type Store } from '../src';
import { queuedTask, type StoreFixture, setup, silent, withStoppedClock } from './setup';

let fixture: StoreFixture;
let proxy: TcpProxy;
/** Reads by way of the proxy, and is recorded. */
let reader: Store;
beforeAll(async () => {
  fixture = await setup();
  proxy = await createTcpProxy(fixture.testbed.mongodb_uri);
  const { host } = new URL(proxy.url);
  const recordable = new URL(toRecordableUri(fixture.testbed.mongodb_uri));
  recordable.host = host;
  recordable.searchParams.set('directConnection', 'true');
  reader = createStore({ uri: String(recordable), instance: 'reader', logger: silent });
  await reader.start();
});
afterAll(async () => {
  await reader?.stop();
  await proxy?.close();
  await fixture?.cleanup();
});

it('reads once for all that ask at the same time, of several tasks too', async () => {
  const ids = [await queuedTask(fixture.store, '10.0.0.0/30'), await queuedTask(fixture.store, '10.0.0.0/29')];
  const { standings, recording } = await withStoppedClock(async () => {
    // Its estimate needs the pace of the fleet, which is read at most every ten seconds.
    await reader.tasks.getStanding(ids[0]!);
    const recording = recordCommands();
    const asked = Array.from({ length: 200 }, (_, i) => reader.tasks.getStanding(ids[i % 2]!));
    const standings = await Promise.all(asked);
    recording.stop();
    return { standings, recording };
  });
  expect(new Set(standings.map(({ task, snapshot }) => `${task.task_id} ${snapshot.progress.total_targets}`))).toEqual(
    new Set([`${ids[0]} 4`, `${ids[1]} 8`]),
  );
  const reads = recording.commands.filter(({ name }) => name === 'find').map(({ collection }) => collection);
  expect(reads.filter((collection) => collection === 'tasks' || collection === 'task_progress')).toEqual([
    'tasks',
    'task_progress',
  ]);
});

it('rejects only for those that ask for a task that does not exist', async () => {
  const id = await queuedTask(fixture.store, '10.0.0.0/30');
  const unknown = Array.from({ length: 150 }, (_, i) => reader.tasks.getStanding(String(i).padStart(24, '0')));
  const asked = reader.tasks.getStanding(id);
  for (const each of unknown) await expect(each).rejects.toMatchObject({ code: 'task_not_found' });
  expect((await asked).task).toMatchObject({ task_id: id, status: 'QUEUED' });
});

it('gives a caller what was written before it asked, though an older read is under way', async () => {
  const id = await queuedTask(fixture.store, '10.0.0.0/30');
  await reader.tasks.getStanding(id);
  const reads = proxy.countRequests(id);
  proxy.holdReplies();
  const older = reader.tasks.getStanding(id);
  await eventually(() => expect(reads.count).toBe(1));
  await fixture.store.tasks.updateTaskStatus(id, 'CANCELLED', 'test');
  const asked = reader.tasks.getStanding(id);
  proxy.releaseReplies();
  expect((await asked).task).toMatchObject({ status: 'CANCELLED', status_history: { length: 3 } });
  expect((await asked).snapshot.status).toBe('CANCELLED');
  await older;
});

it('gives up a read that hangs, and reads by another connection', async () => {
  const id = await queuedTask(fixture.store, '10.0.0.0/30');
  let isLost = false;
  const end = proxy.intercept((request) => {
    if (isLost || !request.includes(id)) return undefined;
    isLost = true;
    return { reply: Buffer.alloc(0) };
  });
  const lost = reader.tasks.getStanding(id);
  await eventually(() => expect(isLost).toBe(true));
  const asked = reader.tasks.getStanding(id);
  await expect(lost).rejects.toMatchObject({ code: 'mongodb_unavailable' });
  expect((await asked).task.task_id).toBe(id);
  end();
});
