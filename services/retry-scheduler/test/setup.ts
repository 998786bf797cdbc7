import {
  type Event,
  EXCHANGES,
  type Heartbeat,
  type Job,
  type SubTaskUpdate,
  toJobQueue,
} from '@cyberstroll/contracts';
import { type Broker, createServiceUpdateSender, type Publisher } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import { createGroup } from '@cyberstroll/runtime';
import { createTaskRound, type Store, type TaskRound } from '@cyberstroll/store';
import {
  createListener,
  createQueuedTask,
  createTestBroker,
  createTestbed,
  createTestRealtime,
  createTestStore,
  createUpdater,
  report,
  type Testbed,
  testLogger,
  toHeartbeat,
} from '@cyberstroll/testkit';

export const logger = testLogger;

export interface Fixture {
  testbed: Testbed;
  store: Store;
  realtime: Realtime;
  /** The dependencies of the sweeps. */
  deps: {
    store: Store;
    broker: Broker;
    publisher: Publisher;
    realtime: Realtime;
    updates: ReturnType<typeof createServiceUpdateSender>;
    logger: typeof logger;
    nextEnded: TaskRound;
  };
  /** Jobs of the default pool, and events, received so far. */
  jobs: Job[];
  events: Event[];
  /** Its own connection, through a proxy. */
  openBroker(url: string): Promise<Broker>;
  /** A task that was dispatched. */
  createTask(target: string, config?: object): Promise<string>;
  /** Applies the reports of a node, without the roll-up. */
  report(taskId: string, indexes: readonly number[], update: Partial<SubTaskUpdate>): Promise<void>;
  /** A node's heartbeat. */
  beat(nodeId: string, status?: Heartbeat['status'], pools?: string[]): Promise<void>;
  statusOf(taskId: string, index: number): Promise<string>;
  cleanup(): Promise<void>;
}

/** With an updater that applies what the scheduler publishes, and a node that takes every job and does nothing. */
export async function setup(): Promise<Fixture> {
  const testbed = await createTestbed();
  const store = createTestStore(testbed, 'fixture');
  const realtime = createTestRealtime(testbed);
  const broker = createTestBroker(testbed);
  const publisher = broker.createPublisher();
  const engines = createGroup('engines', [store, realtime, broker, publisher]);
  await engines.start();
  await broker.declareJobQueue('default');
  const jobs: Job[] = [];
  const events: Event[] = [];
  const link = { broker, publisher };
  const allEvents = { exclusiveOn: EXCHANGES.events.name, routingKey: '#' } as const;
  const listeners = createGroup('listeners', [
    createListener(link, allEvents, (body) => events.push(body as Event)),
    createListener(link, toJobQueue('default'), (body) => jobs.push(body as Job)),
    createUpdater({ ...link, store }),
  ]);
  await listeners.start();
  const opened: Broker[] = [];

  return {
    testbed,
    store,
    realtime,
    deps: {
      store,
      broker,
      publisher,
      realtime,
      updates: createServiceUpdateSender({ publisher, operator: 'retry-scheduler', repeatAfterMs: 1_000 }),
      logger,
      nextEnded: createTaskRound(store, 'ended'),
    },
    jobs,
    events,
    async openBroker(url) {
      const own = createTestBroker({ rabbitmq_url: url }, 'behind a proxy');
      opened.push(own);
      await own.start();
      return own;
    },
    createTask: (target, config = {}) => createQueuedTask(store, target, { retry_delay: 0, ...config }),
    async report(taskId, indexes, update) {
      await report(store, taskId, indexes, update);
    },
    async beat(node_id, status = 'online', pools = ['default']) {
      await store.nodes.recordHeartbeat(toHeartbeat({ node_id, status, pools }), new Date());
    },
    async statusOf(taskId, index) {
      return (await store.subTasks.getSubTask(`${taskId}-${index}`)).status;
    },
    async cleanup() {
      for (const each of opened) await each.stop();
      await listeners.stop();
      await engines.stop();
      await testbed.cleanup();
    },
  };
}
