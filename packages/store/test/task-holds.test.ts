import type { Freeze, ScanWindow, Task } from '@cyberstroll/contracts';
import { recordCommands, toRecordableUri } from '@cyberstroll/testkit';
import { createStore } from '../src';
import { newTask, type StoreFixture, setup, silent, toNames, queuedTask as toQueued } from './setup';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const ago = (seconds: number) => new Date(Date.now() - 1_000 * seconds);
const freeze = (rule: Partial<Freeze> = {}) =>
  fixture.store.freezes.create(
    { kind: 'freeze', covers: { all: true }, reason: 'an outage', operator: 'ada', from: ago(1), ...rule },
    new Date(),
  );
/** A pass of the sweep, as of another time. */
async function pass(now = new Date()) {
  const { freezes, holds } = fixture.store;
  const rules = await freezes.findAll(now);
  const [known, open] = [await holds.reviewHeld(rules, now), await holds.reviewOpen(rules, now)];
  return {
    held: [...known.held, ...open.held],
    released: [...known.released, ...open.released].map(({ task_id }) => task_id),
  };
}
const getTask = (taskId: string): Promise<Task> => fixture.store.tasks.getTask(taskId);
async function runningTask(target: string, config?: object): Promise<string> {
  const taskId = await toQueued(fixture.store, target, config);
  await fixture.store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
  return taskId;
}
const NOTHING = { held: [], released: [] };
/** The days of a week are alike, so a Monday far away stands for today. */
const MONDAY = new Date('2099-01-05T00:00:00Z');
const at = (hours: number) => new Date(MONDAY.getTime() + 3_600_000 * hours);
const WINDOW: ScanWindow = { days: ['mon', 'tue'], from: '12:00', to: '13:00', time_zone: 'UTC' };

it('applies every rule though one of them fails, and fails then', async () => {
  const { store } = fixture;
  const task = await runningTask('127.0.0.0/30');
  // It is applied first, and is too large to be written.
  const failing = { ...(await freeze()), operator: 'x'.repeat(17_000_000) };
  const other = await freeze({ kind: 'blackout', covers: { network: '127.0.0.0/24' }, until: new Date('2999-01-01') });
  await expect(store.holds.beginRules([failing, other], new Date())).rejects.toThrow();
  expect((await getTask(task)).hold).toMatchObject({ code: 'blackout' });
});

it('of many new rules, only those that change an open task are written', async () => {
  const { testbed } = fixture;
  const uri = toRecordableUri(testbed.mongodb_uri);
  const store = await testbed.start(createStore({ uri, instance: 'recorded', logger: silent }));
  const [free, held, other] = [
    await runningTask('127.0.0.0/30'),
    await runningTask('127.0.1.0/30'),
    await runningTask('127.0.2.0/30'),
  ];
  await store.holds.beginRules(
    [await freeze({ kind: 'blackout', covers: { network: '127.0.1.0/24' }, until: new Date('2999-01-01') })],
    new Date(),
  );
  const idle = Array.from({ length: 20 }, (_, i) => ({ covers: { network: `10.0.${i}.0/24` } }));
  for (const rule of idle) await freeze(rule);
  for (const network of ['127.0.0.0/31', '127.0.1.0/24']) {
    await freeze({ covers: { network }, running: 'abort' });
  }
  const rules = await store.freezes.findAll(new Date());
  expect((await store.holds.beginRules(rules, new Date())).held).toEqual([free]);
  const holds = await Promise.all([free, held, other].map(async (taskId) => (await getTask(taskId)).hold));
  const frozen = expect.objectContaining({ code: 'frozen', running: 'abort' });
  expect(holds).toEqual([frozen, frozen, undefined]);
  const recording = recordCommands();
  expect(await store.holds.beginRules(rules, new Date())).toEqual(NOTHING);
  recording.stop();
  expect(toNames(recording.commands).filter((name) => name.startsWith('update'))).toEqual([]);
});

it('holds what a freeze covers, new tasks too, and releases it when it is lifted', async () => {
  const { store } = fixture;
  const running = await runningTask('127.0.0.0/30');
  const other = await runningTask('127.0.1.0/30', { pool: 'dmz' });
  const { rev, edits = 0, unseen = 0 } = await getTask(running);
  const { freeze_id } = await freeze({ covers: { pool: 'default' } });
  expect(await pass()).toEqual({ held: [running], released: [] });
  const held = await getTask(running);
  expect(held).toMatchObject({
    status: 'RUNNING',
    hold: { code: 'frozen', reason: 'an outage', operator: 'ada', freeze_id },
    paused_time: held.hold!.since,
  });
  // Its version stays, and no write that was decided before overlooks the hold.
  expect([held.rev > rev, held.rev + (held.edits ?? 0) - held.unseen!]).toEqual([true, rev + edits - unseen]);
  const { task: created } = await store.tasks.createTask(newTask('127.0.2.0/30'));
  expect((await getTask(created.task_id)).hold).toMatchObject({ code: 'frozen', freeze_id });
  expect(await pass()).toEqual(NOTHING);
  expect(await store.holds.countHeld()).toEqual({ frozen: 2, blackout: 0, outside_window: 0 });
  expect((await getTask(other)).hold).toBeUndefined();

  await store.freezes.lift(freeze_id, new Date());
  expect(await pass()).toEqual({ held: [], released: [running, created.task_id] });
  const released = await getTask(running);
  expect([released.hold, released.paused_time]).toEqual([undefined, undefined]);
  expect(released.resumed_time).toBeDefined();
  await expect(store.freezes.lift(freeze_id, new Date())).rejects.toMatchObject({ code: 'freeze_not_found' });
});

it('repairs what a crash, a race or a change of labels left wrong', async () => {
  const { store } = fixture;
  const { db } = await fixture.openParts('rival');
  const taskId = await runningTask('127.0.0.0/30');
  await store.tasks.changeFields(taskId, () => ({ labels: ['prod'] }));
  await freeze({ covers: { label: 'prod' } });
  await pass();
  // Somebody wrote over it, without the revision that guards all writes.
  await db.tasks.updateOne({ task_id: taskId }, { $unset: { hold: '' } });
  expect(await pass()).toEqual({ held: [taskId], released: [] });
  await store.tasks.changeFields(taskId, () => ({ labels: [] }));
  expect(await pass()).toEqual({ held: [], released: [taskId] });
  // A pass that still knew the lifted rule.
  await db.tasks.updateOne(
    { task_id: taskId },
    { $set: { hold: { code: 'frozen', reason: '', since: new Date(), freeze_id: 'f'.repeat(24) } } },
  );
  expect(await pass()).toEqual({ held: [], released: [taskId] });
});

it('is not released by a pass that read the rules before the freeze was made', async () => {
  const { store } = fixture;
  const taskId = await runningTask('127.0.0.0/30');
  const { freeze_id } = await freeze();
  await pass();
  expect(await store.holds.reviewHeld([], new Date())).toEqual(NOTHING);
  expect((await getTask(taskId)).hold).toMatchObject({ freeze_id });
});

it('opens and closes windows and blackouts, and names the stronger rule without letting go between', async () => {
  const { store } = fixture;
  const { db } = await fixture.openParts('test');
  const taskId = await runningTask('127.0.0.0/30');
  await db.tasks.updateOne({ task_id: taskId }, { $set: { 'config.windows': [WINDOW] } });
  const readHold = async () => (await getTask(taskId)).hold;
  expect(await pass(at(12.5))).toEqual(NOTHING);
  expect(await pass(at(13))).toEqual({ held: [taskId], released: [] });
  expect(await readHold()).toMatchObject({ code: 'outside_window', since: at(13), until: at(36) });
  await freeze({ kind: 'blackout', from: at(14), until: at(36.5) });
  expect(await pass(at(15))).toEqual(NOTHING);
  expect(await readHold()).toMatchObject({ code: 'blackout', since: at(13), until: at(36.5) });
  await freeze({ from: at(36.1) });
  expect(await pass(at(36.2))).toEqual(NOTHING);
  expect(await readHold()).toMatchObject({ code: 'frozen', since: at(13) });
  expect((await readHold())!.until).toBeUndefined();
  for (const { freeze_id } of await store.freezes.findAll(new Date())) await store.freezes.lift(freeze_id, new Date());
  expect(await pass(at(36.3))).toEqual({ held: [], released: [taskId] });
});

it('aborts what is under scan if any rule says so, and from then on while the task is held', async () => {
  const { store } = fixture;
  const { db } = await fixture.openParts('test');
  const [closing, other] = [await runningTask('127.0.0.0/30'), await runningTask('127.0.1.0/30')];
  await db.tasks.updateOne({ task_id: closing }, { $set: { 'config.windows': [WINDOW], 'config.at_close': 'abort' } });
  const findAborting = async () =>
    (await store.holds.findAborting({ after: undefined, limit: 10 })).map(({ task_id }) => task_id);
  const { freeze_id } = await freeze({ from: at(12), until: at(24) });
  await pass(at(12.5));
  expect(await findAborting()).toEqual([]);
  await pass(at(13));
  expect(await findAborting()).toEqual([closing]);
  const { rev } = await getTask(closing);
  await pass(at(13.1));
  expect((await getTask(closing)).rev).toBe(rev);
  // Both are held already.
  await freeze({ from: at(13), until: at(14), running: 'abort' });
  await pass(at(13.2));
  expect((await findAborting()).sort()).toEqual([closing, other].sort());
  expect((await getTask(other)).hold).toMatchObject({ freeze_id, running: 'abort' });
  await pass(at(14));
  expect((await findAborting()).sort()).toEqual([closing, other].sort());
  await pass(at(36.5));
  expect(await findAborting()).toEqual([]);
});

it('holds for a key with networks only tasks that lie wholly inside them', async () => {
  const [inside, across] = [await runningTask('127.6.0.0/30'), await runningTask('127.6.0.4,127.7.0.1')];
  await freeze({ covers: { network: '127.6.0.0/24' }, within: ['127.6.0.0/16'] });
  expect(await pass()).toEqual({ held: [inside], released: [] });
  expect((await getTask(across)).hold).toBeUndefined();
});

it('keeps no hold on a task that ends, and moves the clock of one that is paused meanwhile once', async () => {
  const { store } = fixture;
  const [ended, paused] = [await runningTask('127.0.0.0/30'), await runningTask('127.0.1.0/30')];
  await freeze();
  await pass();
  await store.tasks.updateTaskStatus(ended, 'CANCELLED', 'test');
  expect((await getTask(ended)).hold).toBeUndefined();
  await store.tasks.updateTaskStatus(paused, 'PAUSED', 'test');
  const { paused_time } = await getTask(paused);
  const [{ freeze_id }] = (await store.freezes.findAll(new Date())) as [Freeze];
  await store.freezes.lift(freeze_id, new Date());
  expect(await pass()).toEqual({ held: [], released: [paused] });
  expect(await getTask(paused)).toMatchObject({ status: 'PAUSED', paused_time });
});
