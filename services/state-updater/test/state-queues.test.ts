import { EXCHANGES, type QueueSpec, toQueueMarker, toStateQueues } from '@cyberstroll/contracts';
import type { Service } from '@cyberstroll/runtime';
import { createQueuedTask, createTcpProxy, eventually, startParts } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { toCompleted } from './setup';

let parts: Awaited<ReturnType<typeof startParts>>;
beforeEach(async () => {
  parts = await startParts();
});
afterEach(() => parts?.cleanup());

/** A publisher to any queue of updates, as nodes and services have one, and a task whose updates are sent to each. */
async function setup() {
  const { store, publisher } = parts;
  const taskId = await createQueuedTask(store, '127.0.0.0/22');
  let sent = 0;
  async function expectCompleted(count: number) {
    await eventually(async () =>
      expect((await store.tasks.getStanding(taskId)).snapshot.progress.completed_count).toBe(count),
    );
  }
  async function complete({ routingKey }: QueueSpec) {
    await publisher.publish(EXCHANGES.state.name, routingKey, {
      node_id: 'node-1',
      instance_id: 'node-1-a',
      sent_time: new Date().toISOString(),
      updates: [toCompleted(taskId, sent++)],
    });
  }
  return {
    store,
    complete,
    expectCompleted,
    /** Sends an update by each queue, and waits until all are applied. */
    async completeByEach(queues: readonly QueueSpec[]) {
      for (const queue of queues) await complete(queue);
      await expectCompleted(sent);
    },
    mark: ({ routingKey }: QueueSpec, time: Date) =>
      publisher.publish(EXCHANGES.serviceUpdates.name, routingKey, toQueueMarker('monitor', time)),
  };
}

/** Runs an updater with this number of queues while `work` runs. */
async function withUpdater(count: number, work: () => Promise<void>): Promise<void> {
  const updater = createService(parts.testbed, { STATE_QUEUES: String(count) });
  await updater.start();
  try {
    await work();
  } finally {
    await updater.stop();
  }
}

const THREE = toStateQueues(3);
const FOUR = toStateQueues(4);

it('applies what is in any of its queues, and notes the markers of each', async () => {
  const { store, complete, mark, expectCompleted } = await setup();
  await withUpdater(3, async () => {
    for (const queue of THREE) await complete(queue);
    await expectCompleted(3);
    const sinceTime = new Date();
    const note = { sinceTime, lagSeconds: 0, expires: new Date(Date.now() + 60_000) };
    for (const { name } of THREE) await store.queueLag.noteMarker(name, note);
    await mark(THREE[2]!, sinceTime);
    const isBack = async ({ name }: QueueSpec) => (await store.queueLag.findMarker(name, new Date()))?.isBack;
    await eventually(async () => expect(await isBack(THREE[2]!)).toBe(true));
    expect(await Promise.all(THREE.map(isBack))).toEqual([false, false, true]);
  });
});

it('loses nothing when the number of queues changes: updates by keys from before are applied, too', async () => {
  const { complete, expectCompleted } = await setup();
  await withUpdater(1, async () => {
    await complete(THREE[0]!);
    await expectCompleted(1);
  });
  await complete(THREE[0]!);
  await withUpdater(3, async () => {
    await complete(THREE[1]!);
    await expectCompleted(3);
  });
  // They wait in the second and third queue.
  for (const queue of THREE) await complete(queue);
  await withUpdater(1, async () => {
    await expectCompleted(6);
    // By a node that still has a job from before.
    for (const queue of THREE) await complete(queue);
    await expectCompleted(9);
  });
});

/** How many messages of each queue the updater has handled. */
async function readHandled({ metrics }: Service): Promise<Map<string, number>> {
  const { values } = await metrics.getSingleMetric('cyberstroll_messages_handled_total')!.get();
  return new Map(values.map(({ labels, value }) => [String(labels['queue']), value]));
}

it('shares the queues between updaters, each with one of them, also when one comes, and when one dies', async () => {
  const { store, completeByEach } = await setup();
  const names = ['updater-a', 'updater-b', 'updater-c'];
  const proxies = await Promise.all(names.map(() => createTcpProxy(parts.testbed.rabbitmq_url)));
  for (const { close } of proxies) parts.testbed.defer(close);
  const updaters = names.map((name, i) =>
    createService(
      { ...parts.testbed, rabbitmq_url: proxies[i]!.url },
      { INSTANCE_ID: name, STATE_QUEUES: String(FOUR.length) },
    ),
  );

  /** By queue, the updaters that handle the next messages. */
  async function findHandlers(): Promise<string[][]> {
    const before = await Promise.all(updaters.map(readHandled));
    for (let round = 0; round < 3; round++) await completeByEach(FOUR);
    const after = await Promise.all(updaters.map(readHandled));
    return FOUR.map(({ name }) => names.filter((_, i) => (after[i]!.get(name) ?? 0) > (before[i]!.get(name) ?? 0)));
  }
  const expectShares = (shares: readonly number[]) =>
    eventually(async () => {
      const handlers = await findHandlers();
      expect(handlers.map((each) => each.length)).toEqual(FOUR.map(() => 1));
      const counts = names.map((name) => handlers.filter(([handler]) => handler === name).length);
      expect(counts.sort()).toEqual([...shares].sort());
    });

  await parts.testbed.start(updaters[0]!);
  await completeByEach(FOUR);
  await parts.testbed.start(updaters[1]!);
  await expectShares([2, 2, 0]);
  await parts.testbed.start(updaters[2]!);
  await expectShares([2, 1, 1]);

  // It still counts as one that works: its queues are not shared out again.
  await store.updaters.note(names[0]!, 3_600_000);
  proxies[0]!.cut();
  await completeByEach(FOUR);
  const live = await store.updaters.note(names[1]!, 10_000);
  expect([...live].sort()).toEqual(names);
  await store.updaters.leave(names[0]!);
  await expectShares([2, 2, 0]);
});
