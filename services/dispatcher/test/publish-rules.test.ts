import { type Control, EXCHANGES } from '@cyberstroll/contracts';
import { collect, eventually, upTo } from '@cyberstroll/testkit';
import { REPEAT_MS } from '../src/core/to-controls';
import { createPublishRules } from '../src/sweeps/publish-rules';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

/** The control messages that nodes get from here on. */
async function hearControls(): Promise<Control[]> {
  const heard = await collect<Control>(fixture, { exclusiveOn: EXCHANGES.control.name });
  await eventually(() => fixture.publisher.tryPublish(EXCHANGES.control.name, '', { state: 'probe' }));
  await eventually(() => expect(heard).toHaveLength(1));
  heard.pop();
  return heard;
}
const createPublish = () => createPublishRules(fixture);
const freeze = (change: object = {}) => {
  const rule = { kind: 'freeze' as const, covers: { all: true as const }, reason: 'test', operator: 'ada' };
  return fixture.store.freezes.create({ ...rule, from: new Date(), running: 'end', ...change }, new Date());
};
async function createOpen(target: string, ...statuses: readonly ('RUNNING' | 'PAUSED')[]): Promise<string> {
  const taskId = await fixture.createTask(target);
  for (const status of ['QUEUED', ...statuses] as const) {
    await fixture.store.tasks.updateTaskStatus(taskId, status, 'test');
  }
  return taskId;
}

it('publishes what is paused, held and over, then that it was all, as of a time before it was read', async () => {
  const paused = await createOpen('127.0.0.0/28', 'RUNNING', 'PAUSED');
  const running = await createOpen('127.0.1.0/28', 'RUNNING');
  const ended = await fixture.createTask('127.0.2.0/28');
  await fixture.store.tasks.updateTaskStatus(ended, 'CANCELLED', 'test');
  const heard = await hearControls();
  const now = new Date();
  await createPublish()(now);
  await eventually(() => expect(heard.at(-1)?.state).toBe('repeated'));
  expect(heard).toContainEqual({ task_ids: [paused], state: 'paused' });
  expect(heard).toContainEqual({ task_ids: [ended], state: 'ended' });
  expect(heard).not.toContainEqual(expect.objectContaining({ task_ids: expect.arrayContaining([running]) }));
  expect(heard.at(-1)).toEqual({
    state: 'repeated',
    within_ms: expect.any(Number),
    server_time: now.getTime(),
  });
});

it('holds what a stored rule covers from its time on, whoever has made it, and publishes it in that pass', async () => {
  const taskId = await createOpen('127.0.0.0/28', 'RUNNING');
  const publishOnce = createPublish();
  await publishOnce(new Date());
  const heard = await hearControls();
  const from = new Date(Date.now() + 60_000);
  const until = new Date(Date.now() + 120_000);
  await freeze({ kind: 'blackout', from, until });
  const repeats = () => heard.filter(({ state }) => state === 'repeated').length;
  await publishOnce(new Date(from.getTime() - 1));
  await eventually(() => expect(repeats()).toBe(1));
  expect(heard.filter(({ state }) => state === 'paused')).toEqual([]);
  await publishOnce(from);
  await eventually(() => expect(repeats()).toBe(2));
  expect(heard.filter(({ state }) => state === 'paused')).toContainEqual({ task_ids: [taskId], state: 'paused' });
  expect((await fixture.store.tasks.getTask(taskId)).hold).toMatchObject({ code: 'blackout' });
});

it('says nothing of a pass that failed: nodes then begin nothing', async () => {
  await createOpen('127.0.0.0/28', 'RUNNING', 'PAUSED');
  const heard = await hearControls();
  for (const name of ['findStopped', 'findAll', 'read'] as const) {
    const fail = async () => Promise.reject(new Error('MongoDB is away'));
    const { tasks, freezes } = fixture.store;
    const store = {
      ...fixture.store,
      ...(name === 'findStopped' && { tasks: { ...tasks, findStopped: fail } }),
      ...(name === 'findAll' && { freezes: { ...freezes, findAll: fail } }),
    };
    const exclusions = name === 'read' ? { exclusions: { read: fail } } : {};
    await expect(createPublishRules({ ...fixture, store, ...exclusions })(new Date())).rejects.toThrow('away');
  }
  await createPublish()(new Date());
  await eventually(() => expect(heard.filter(({ state }) => state === 'repeated')).toHaveLength(1));
});

it('publishes what is excluded in the pass in which it begins, and for a while after the last one ended', async () => {
  const heard = await hearControls();
  const publishOnce = createPublish();
  const excludedSo = () => heard.filter(({ state }) => state === 'excluded');
  await publishOnce(new Date());
  const end = new Date(Date.now() + 60_000);
  await fixture.store.exclusions.create({ target: '127.0.0.1', reason: 'test', end }, 'ada', new Date());
  await eventually(async () => {
    await publishOnce(new Date());
    expect(excludedSo()).toContainEqual({ state: 'excluded', exclude_target: '127.0.0.1' });
  });
  await createPublishRules({ ...fixture })(end);
  await publishOnce(new Date(end.getTime() + 1));
  await eventually(() => expect(excludedSo().at(-1)).toEqual({ state: 'excluded' }));
});

it('repeats for a while that a task ended, also one that was settled at once', async () => {
  const heard = await hearControls();
  const taskId = await fixture.createTask('127.0.0.0/28');
  await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
  expect(await fixture.store.tasks.settleTasks([taskId])).toHaveLength(1);
  expect(await createPublish()(new Date(Date.now() + REPEAT_MS - 2_000))).toEqual({ controls: 1 });
  await eventually(() => expect(heard).toContainEqual({ task_ids: [taskId], state: 'ended' }));
  expect(await createPublish()(new Date(Date.now() + REPEAT_MS + 5_000))).toEqual({ controls: 0 });
});

it('of a list that is too long for nodes it says that no job from before it may begin', async () => {
  const { exclusions } = fixture.store;
  const heard = await hearControls();
  const sinceOf = () => heard.flatMap((each) => (each.state === 'repeated' ? [each.jobs_since] : []));
  const publishOnce = createPublish();
  await publishOnce(new Date());
  await eventually(() => expect(sinceOf()).toEqual([undefined]));
  const now = new Date();
  const entries = upTo(1_001).map((n) => ({ target: `10.${n >> 7}.${(2 * n) % 256}.1` }));
  await exclusions.createList({ name: 'long', owner: 'ada', reason: 'test', entries }, 'ada', now);
  await eventually(async () => {
    await publishOnce(new Date());
    expect(sinceOf().at(-1)).toBe(now.getTime() + 2_000);
  });
});
