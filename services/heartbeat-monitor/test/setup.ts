import { type Event, EXCHANGES, type SubTaskUpdate } from '@cyberstroll/contracts';
import { type Broker, createServiceUpdateSender, type Publisher } from '@cyberstroll/messaging';
import type { Store } from '@cyberstroll/store';
import {
  createListener,
  createQueuedTask,
  createTestBroker,
  createTestbed,
  createTestStore,
  createUpdater,
  type Testbed,
  testLogger,
  toUpdate,
} from '@cyberstroll/testkit';

export { toHeartbeat } from '@cyberstroll/testkit';

export const logger = testLogger;

export interface Fixture {
  testbed: Testbed;
  broker: Broker;
  store: Store;
  publisher: Publisher;
  /** The dependencies of the sweeps and of the handler. */
  deps: {
    store: Store;
    publisher: Publisher;
    updates: ReturnType<typeof createServiceUpdateSender>;
    logger: typeof logger;
  };
  /** Events received so far. */
  events: Event[];
  /** Service updates published so far. */
  updates: SubTaskUpdate[];
  /** A task that was dispatched. */
  createTask(target: string, config?: object): Promise<string>;
  /** A node starts to scan these subtasks, or does what `claim` says. */
  claim(
    taskId: string,
    indexes: readonly number[],
    node: { node_id: string; instance_id: string },
    claim?: Partial<SubTaskUpdate>,
  ): Promise<void>;
  statusOf(taskId: string, index: number): Promise<string>;
  cleanup(): Promise<void>;
}

/** With an updater that applies what the monitor publishes. */
export async function setup(): Promise<Fixture> {
  const testbed = await createTestbed();
  const store = createTestStore(testbed, 'fixture');
  await store.start();
  const broker = createTestBroker(testbed);
  const publisher = broker.createPublisher();
  await broker.start();
  await publisher.start();
  const events: Event[] = [];
  const heard: SubTaskUpdate[] = [];
  const link = { broker, publisher };
  const allEvents = { exclusiveOn: EXCHANGES.events.name, routingKey: '#' } as const;
  const listeners = [
    createListener(link, allEvents, (body) => events.push(body as Event)),
    createUpdater({ ...link, store }, (updates) => heard.push(...updates)),
  ];
  for (const listener of listeners) await listener.start();

  return {
    testbed,
    broker,
    store,
    publisher,
    deps: {
      store,
      publisher,
      updates: createServiceUpdateSender({ publisher, operator: 'heartbeat-monitor', repeatAfterMs: 10_000 }),
      logger,
    },
    events,
    updates: heard,
    createTask: (target, config) => createQueuedTask(store, target, config),
    async claim(taskId, indexes, sender, claim) {
      const updates = indexes.map((index) => ({
        sender,
        update: toUpdate(taskId, index, { lease_id: `${sender.instance_id}-${index}`, ...claim }),
      }));
      await store.taskStates.batchUpdateSubTasks(updates);
      await store.taskStates.calculateTaskProgress(taskId);
    },
    async statusOf(taskId, index) {
      return (await store.subTasks.getSubTask(`${taskId}-${index}`)).status;
    },
    async cleanup() {
      for (const listener of listeners) await listener.stop();
      await publisher.stop();
      await broker.stop();
      await store.stop();
      await testbed.cleanup();
    },
  };
}
