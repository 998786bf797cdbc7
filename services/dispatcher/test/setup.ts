import { type Heartbeat, type Job, parseSubTaskId, toJobQueue } from '@cyberstroll/contracts';
import { createLimitTurns } from '@cyberstroll/coordination';
import type { Broker, Publisher } from '@cyberstroll/messaging';
import type { Component } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import {
  createListener,
  createTestBroker,
  createTestStore,
  testLogger as logger,
  report,
  startParts,
  toHeartbeat,
  toNewTask,
} from '@cyberstroll/testkit';
import { createTaskLeases } from '../src/adapters/task-leases';

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
  limits: createLimitTurns(store),
  logger,
});

export async function setup() {
  const parts = await startParts();
  const { testbed, store, broker, publisher } = parts;
  await broker.declareJobQueue('default');
  async function openLink(url: string, name: string) {
    const own = await testbed.start(createTestBroker({ rabbitmq_url: url }, name));
    return { broker: own, publisher: await testbed.start(own.createPublisher()) };
  }

  return {
    ...parts,
    logger,
    limits: createLimitTurns(store),
    /** What a replica of the dispatcher works with: its own store, and so its own leases. */
    async openReplica(instance: string, { rabbitmqUrl, mongodbUri, leaseMs = LEASE_MS }: ReplicaLink = {}) {
      const own = rabbitmqUrl ? await openLink(rabbitmqUrl, instance) : { broker, publisher };
      const ownStore = createTestStore({ mongodb_uri: mongodbUri ?? testbed.mongodb_uri }, instance);
      return toReplica(await testbed.start(ownStore), own.broker, own.publisher, leaseMs);
    },
    async createTask(target: string, config: object = {}): Promise<string> {
      const { task } = await store.tasks.createTask(toNewTask(target, config));
      return task.task_id;
    },
    /** A node's heartbeat. */
    async addNode(nodeId: string, capacity: number, status: Heartbeat['status'] = 'online'): Promise<void> {
      await store.nodes.recordHeartbeat(toHeartbeat({ node_id: nodeId, capacity, status }), new Date());
    },
    /** A scanner that takes every job of the default pool and hands it to `scan`. */
    startNode(scan: (job: Job) => Promise<void> | void): Promise<Component> {
      const take = (body: unknown) => scan(body as Job);
      return testbed.start(createListener({ broker, publisher }, toJobQueue('default'), take, { prefetch: 10 }));
    },
    /** Reports subtasks as a node does. */
    async complete(taskId: string, indexes: readonly number[]): Promise<void> {
      await report(store, taskId, indexes, { status: 'COMPLETED' });
      await store.tasks.calculateTaskProgress(taskId);
    },
  };
}

export type Fixture = Awaited<ReturnType<typeof setup>>;

export const indexesOf = (job: Job): number[] =>
  job.subtasks.map(({ subtask_id }) => parseSubTaskId(subtask_id)!.index);

export const ascending = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
