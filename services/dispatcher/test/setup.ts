import { type Heartbeat, type Job, parseSubTaskId, toJobQueue } from '@cyberstroll/contracts';
import type { Broker, Publisher } from '@cyberstroll/messaging';
import type { Component } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import {
  createListener,
  createTestBroker,
  createTestbed,
  createTestStore,
  report,
  type Testbed,
  testLogger,
  toHeartbeat,
  toNewTask,
} from '@cyberstroll/testkit';
import { createTaskLeases } from '../src/adapters/task-leases';

export const logger = testLogger;

export interface Fixture {
  testbed: Testbed;
  broker: Broker;
  publisher: Publisher;
  store: Store;
  logger: typeof logger;
  /** What a replica of the dispatcher works with: its own store, and so its own leases. */
  openReplica(instance: string, link?: ReplicaLink): Promise<ReturnType<typeof toReplica>>;
  createTask(target: string, config?: object): Promise<string>;
  /** A node's heartbeat. */
  addNode(nodeId: string, capacity: number, status?: Heartbeat['status']): Promise<void>;
  /** A scanner that takes every job of the default pool and hands it to `scan`. */
  startNode(scan: (job: Job) => Promise<void> | void): Promise<Component>;
  /** Consumes a queue, each body through `take`. */
  startListener(queue: Parameters<typeof createListener>[1], take: (body: unknown) => unknown): Promise<void>;
  /** Reports subtasks as a node does. */
  complete(taskId: string, indexes: readonly number[]): Promise<void>;
  cleanup(): Promise<void>;
}

/** No lease ends under a test because the machine is slow. */
const LEASE_MS = 60_000;

export interface ReplicaLink {
  /** Of its own connection; without it, it shares the fixture's. */
  rabbitmqUrl?: string;
  mongodbUri?: string;
  leaseMs?: number;
}

const toReplica = (store: Store, broker: Broker, publisher: Publisher, leaseMs: number) => ({
  store,
  broker,
  publisher,
  leases: createTaskLeases(store.leases, { ttlMs: leaseMs }),
  logger,
});

export async function setup(): Promise<Fixture> {
  const testbed = await createTestbed();
  const broker = createTestBroker(testbed);
  const publisher = broker.createPublisher();
  await broker.start();
  await publisher.start();
  await broker.declareJobQueue('default');
  const opened: Component[] = [];
  async function openStore(instance: string, mongodb_uri = testbed.mongodb_uri): Promise<Store> {
    const store = createTestStore({ mongodb_uri }, instance);
    opened.push(store);
    await store.start();
    return store;
  }
  async function openLink(url: string, name: string) {
    const ownBroker = createTestBroker({ rabbitmq_url: url }, name);
    const own = { broker: ownBroker, publisher: ownBroker.createPublisher() };
    opened.push(own.broker, own.publisher);
    await own.broker.start();
    await own.publisher.start();
    return own;
  }
  const store = await openStore('fixture');

  return {
    testbed,
    broker,
    publisher,
    store,
    logger,
    async openReplica(instance, { rabbitmqUrl, mongodbUri, leaseMs = LEASE_MS } = {}) {
      const own = rabbitmqUrl ? await openLink(rabbitmqUrl, instance) : { broker, publisher };
      return toReplica(await openStore(instance, mongodbUri), own.broker, own.publisher, leaseMs);
    },
    async createTask(target, config = {}) {
      const { task } = await store.tasks.createTask(toNewTask(target, config));
      return task.task_id;
    },
    async addNode(nodeId, capacity, status = 'online') {
      await store.nodes.recordHeartbeat(toHeartbeat({ node_id: nodeId, capacity, status }), new Date());
    },
    async startNode(scan) {
      const take = (body: unknown) => scan(body as Job);
      const node = createListener({ broker, publisher }, toJobQueue('default'), take, { prefetch: 10 });
      opened.push(node);
      await node.start();
      return node;
    },
    async startListener(queue, take) {
      const listener = createListener({ broker, publisher }, queue, take);
      opened.push(listener);
      await listener.start();
    },
    async complete(taskId, indexes) {
      await report(store, taskId, indexes, { status: 'COMPLETED' });
      await store.tasks.calculateTaskProgress(taskId);
    },
    async cleanup() {
      for (const component of opened.reverse()) await component.stop();
      await publisher.stop();
      await broker.stop();
      await testbed.cleanup();
    },
  };
}

export const indexesOf = (job: Job): number[] =>
  job.subtasks.map(({ subtask_id }) => parseSubTaskId(subtask_id)!.index);

export const ascending = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
