import { EXCHANGES, type QueueSpec, toQueueMarker, toStateQueues } from '@cyberstroll/contracts';
import { createQueuedTask, eventually, startParts } from '@cyberstroll/testkit';
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
  const taskId = await createQueuedTask(store, '127.0.0.0/28');
  let sent = 0;
  return {
    store,
    async complete({ routingKey }: QueueSpec) {
      await publisher.publish(EXCHANGES.state.name, routingKey, {
        node_id: 'node-1',
        instance_id: 'node-1-a',
        sent_time: new Date().toISOString(),
        updates: [toCompleted(taskId, sent++)],
      });
    },
    mark: ({ routingKey }: QueueSpec, time: Date) =>
      publisher.publish(EXCHANGES.serviceUpdates.name, routingKey, toQueueMarker('monitor', time)),
    async expectCompleted(count: number) {
      await eventually(async () =>
        expect((await store.tasks.getStanding(taskId)).snapshot.progress.completed_count).toBe(count),
      );
    },
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
