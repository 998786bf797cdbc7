import { recordCommands, toRecordableUri } from '@cyberstroll/testkit';
import { createStore, type Store } from '../src';
import { newTask, type StoreFixture, setup, silent, toNames, withStoppedClock } from './setup';

let fixture: StoreFixture;
/** What it asks of MongoDB is recorded. */
let store: Store;
beforeAll(async () => {
  fixture = await setup();
  store = createStore({ uri: toRecordableUri(fixture.testbed.mongodb_uri), instance: 'recorded', logger: silent });
  await store.start();
});
afterAll(async () => {
  await store?.stop();
  await fixture?.cleanup();
});

/** By name and collection, and how many leases were taken, however often they were renewed. */
async function count(call: () => Promise<unknown>): Promise<Record<string, number>> {
  const recording = recordCommands();
  await call();
  recording.stop();
  const ofLeases = recording.commands.filter(({ collection }) => collection === 'leases');
  const leases = new Set(ofLeases.flatMap(({ filters }) => filters.map(({ _id }) => _id))).size;
  const counts: Record<string, number> = { leases };
  for (const name of toNames(recording.commands)) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

it('creates 200 tasks of the same time by few transactions, on few sessions, each whole', async () => {
  const create = (i: number) => store.tasks.createTask(newTask(`127.0.0.${i}`, {}, { name: `task ${i}` }));
  let tasks: Awaited<ReturnType<typeof create>>[] = [];
  const counts = await count(async () => {
    tasks = await Promise.all(Array.from({ length: 200 }, (_, i) => create(i)));
  });
  expect(counts['commitTransaction']).toBeLessThanOrEqual(12);
  // Two of them may collide, and run again.
  expect(counts['insert tasks']).toBeLessThanOrEqual(20);
  expect(counts['insert task_targets']).toBeLessThanOrEqual(20);
  // Each lease is one of a session.
  expect(counts['leases']).toBeLessThanOrEqual(4);
  expect(new Set(tasks.map(({ task }) => task.task_id)).size).toBe(200);
  for (const [i, { task, created }] of tasks.entries()) {
    expect([created, task.name]).toEqual([true, `task ${i}`]);
    const { targets } = await store.tasks.getJobSource(task.task_id);
    expect([targets.count, targets.member(0)]).toEqual([1, `127.0.0.${i}`]);
  }
});

it('creates a task once where its id comes several times at once, and the others of that time', async () => {
  const ids = Array.from({ length: 30 }, (_, i) => String(i % 3 === 0 ? 99 : i).padStart(24, 'e'));
  const created = await Promise.all(ids.map((task_id) => store.tasks.createTask({ ...newTask('127.0.0.1'), task_id })));
  expect(created.filter(({ created }) => created)).toHaveLength(21);
  expect(created.map(({ task }) => task.task_id)).toEqual(ids);
});

it('new tasks share one read of the rules, and know at once what this process has made or lifted', async () => {
  const freeze = { kind: 'freeze', covers: { all: true }, reason: 'an outage', operator: 'ada' } as const;
  const create = async () => (await store.tasks.createTask(newTask('127.0.0.1'))).task.hold?.code;
  const findExcluded = async () => (await store.exclusions.findInForce(new Date())).map(({ target }) => target);
  await withStoppedClock(async () => {
    const counts = await count(async () => {
      for (let i = 0; i < 3; i++) expect([await create(), await findExcluded()]).toEqual([undefined, []]);
    });
    expect(counts['insert tasks']).toBe(3);
    // None where an earlier test has read them.
    for (const find of ['find freezes', 'find exclusions']) expect(counts[find] ?? 0).toBeLessThanOrEqual(1);

    const now = new Date();
    const { freeze_id } = await store.freezes.create({ ...freeze, from: now }, now);
    const { exclusion_id } = await store.exclusions.create({ target: '127.0.0.9', reason: 'no' }, 'ada', now);
    expect([await create(), await findExcluded()]).toEqual(['frozen', ['127.0.0.9']]);
    await store.freezes.lift(freeze_id, new Date());
    await store.exclusions.lift(exclusion_id, { operator: 'ada' }, new Date());
    expect([await create(), await findExcluded()]).toEqual([undefined, []]);
  });
});

it('holds a task in the next pass that was created by who did not know yet of the freeze', async () => {
  const freeze = { kind: 'freeze', covers: { label: 'late' }, reason: 'an outage', operator: 'ada' } as const;
  const { freezes, holds } = fixture.store;
  await withStoppedClock(async () => {
    await store.freezes.findRecent();
    const now = new Date();
    const { freeze_id } = await freezes.create({ ...freeze, from: now }, now);
    const { task } = await store.tasks.createTask(newTask('127.0.0.1', {}, { labels: ['late'] }));
    expect(task.hold).toBeUndefined();
    expect((await holds.beginRules(await freezes.findAll(now), now)).held).toEqual([task.task_id]);
    await freezes.lift(freeze_id, new Date());
  });
});

it('writes the audit entries of the same time by few commands, each with its outcome', async () => {
  const { auditLog } = store;
  const time = new Date();
  const toEntry = (i: number) => ({
    time,
    operation: 'createTask',
    operator: `operator-${i}`,
    role: 'operator' as const,
    address: '127.0.0.1',
    request_id: `r${i}`,
  });
  let ids: string[] = [];
  const counts = await count(async () => {
    ids = await Promise.all(Array.from({ length: 100 }, (_, i) => auditLog.add(toEntry(i), 1)));
    await Promise.all(ids.map((id, i) => auditLog.complete(id, { status: 200 + i })));
    // An entry that has an outcome keeps it.
    await auditLog.complete(ids[0]!, { status: 500 });
  });
  expect(counts['insert audit_log']).toBeLessThanOrEqual(5);
  expect(counts['update audit_log']).toBeLessThanOrEqual(6);
  const { items } = await auditLog.findPage({ limit: 100 });
  const statusOf = new Map(items.map(({ audit_id, operator, status }) => [audit_id, `${operator} ${status}`]));
  expect(ids.map((id) => statusOf.get(id))).toEqual(ids.map((_, i) => `operator-${i} ${200 + i}`));
});
