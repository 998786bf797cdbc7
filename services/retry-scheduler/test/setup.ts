import { type Event, type Heartbeat, type Job, type SubTaskUpdate, toJobQueue } from '@cyberstroll/contracts';
import { createTaskRound } from '@cyberstroll/coordination';
import { createServiceUpdateSender } from '@cyberstroll/messaging';
import {
  ALL_EVENTS,
  collect,
  createQueuedTask,
  createTestBroker,
  createUpdater,
  report,
  startParts,
  testLogger,
  toHeartbeat,
} from '@cyberstroll/testkit';

export const logger = testLogger;

/** With an updater that applies what the scheduler publishes, and a node that takes every job and does nothing. */
export async function setup() {
  const parts = await startParts();
  const { testbed, store, broker, publisher, realtime } = parts;
  await broker.declareJobQueue('default');
  await testbed.start(createUpdater(parts));

  return {
    ...parts,
    /** The dependencies of the sweeps. */
    deps: {
      store,
      broker,
      publisher,
      realtime,
      updates: createServiceUpdateSender({ publisher, operator: 'retry-scheduler', repeatAfterMs: 1_000 }),
      logger,
      nextEnded: createTaskRound(store, 'ended'),
    },
    /** Jobs of the default pool, and events, received so far. */
    jobs: await collect<Job>(parts, toJobQueue('default')),
    events: await collect<Event>(parts, ALL_EVENTS),
    /** Its own connection, through a proxy. */
    openBroker: (url: string) => testbed.start(createTestBroker({ rabbitmq_url: url }, 'behind a proxy')),
    /** A task that was dispatched. */
    createTask: (target: string, config: object = {}) => createQueuedTask(store, target, { retry_delay: 0, ...config }),
    /** Applies the reports of a node, without the roll-up. */
    async report(taskId: string, indexes: readonly number[], update: Partial<SubTaskUpdate>): Promise<void> {
      await report(store, taskId, indexes, update);
    },
    /** A node's heartbeat. */
    async beat(
      node_id: string,
      status: Heartbeat['status'] = 'online',
      pools = ['default'],
      capacity = 10,
    ): Promise<void> {
      await store.nodes.recordHeartbeat(toHeartbeat({ node_id, status, pools, capacity }), new Date());
    },
    async statusOf(taskId: string, index: number): Promise<string> {
      return (await store.subTasks.getSubTask(`${taskId}-${index}`)).status;
    },
  };
}

export type Fixture = Awaited<ReturnType<typeof setup>>;
