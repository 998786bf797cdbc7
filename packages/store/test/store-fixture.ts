import { randomUUID } from 'node:crypto';
import { createTaskBodySchema, type SubTaskUpdate, toSubTaskId } from '@cyberstroll/contracts';
import { createLogger } from '@cyberstroll/runtime';
import { parseTargets } from '@cyberstroll/targets';
import { createTestbed, type Testbed } from '@cyberstroll/testkit';
import { type Connection, createConnection } from 'mongoose';
import { createStore, type IncomingUpdate, type NewTask, type Store } from '../src';
import { createModels, type Models } from '../src/models/create-models';
import { createWriterSessions, type WriterSessions } from '../src/writer-sessions';

export const silent = createLogger({ service: 'test', instance: 'test', level: 'silent' });

export interface StoreFixture {
  testbed: Testbed;
  store: Store;
  /** Another writer on the same database. */
  openStore(instance: string): Promise<Store>;
  /** What the store's parts are built from, for a test that stands between them. */
  openParts(owner: string): Promise<{ connection: Connection; models: Models; sessions: WriterSessions }>;
  cleanup(): Promise<void>;
}

export async function setUpStore(): Promise<StoreFixture> {
  const testbed = await createTestbed();
  const stores: Store[] = [];
  const parts: { connection: Connection; sessions: WriterSessions }[] = [];
  async function openStore(instance: string) {
    const store = createStore({ uri: testbed.mongodb_uri, instance, logger: silent });
    stores.push(store);
    await store.start();
    return store;
  }
  return {
    testbed,
    store: await openStore('updater-1'),
    openStore,
    async openParts(owner) {
      const connection = await createConnection(testbed.mongodb_uri).asPromise();
      const models = createModels(connection);
      const sessions = createWriterSessions(connection, models, { owner });
      parts.push({ connection, sessions });
      return { connection, models, sessions };
    },
    async cleanup() {
      await Promise.all(stores.map((store) => store.stop()));
      for (const { connection, sessions } of parts) {
        await sessions.stop();
        await connection.close();
      }
      await testbed.cleanup();
    },
  };
}

export function newTask(target = '127.0.0.0/24', config: object = {}, rest: object = {}): NewTask {
  const body = createTaskBodySchema.parse({
    task_target: target,
    task_initiator: 'tester',
    scan: { ports: '22,80' },
    config,
    ...rest,
  });
  return { ...body, targets: parseTargets(target) };
}

/** A task that the dispatcher has taken up. */
export async function queuedTask(store: Store, target?: string, config?: object): Promise<string> {
  const { task } = await store.taskStates.createTask(newTask(target, config));
  await store.taskStates.updateTaskStatus(task.task_id, 'QUEUED', 'test', 'dispatcher');
  return task.task_id;
}

export interface Claim {
  taskId: string;
  index: number;
  attempt: number;
  lease: string;
  node: string;
}

export const claimOf = (taskId: string, index: number, attempt = 1, node = 'node-1'): Claim => ({
  taskId,
  index,
  attempt,
  lease: randomUUID(),
  node,
});

/** What a node reports under a claim. */
export function report(
  claim: Claim,
  status: SubTaskUpdate['status'],
  rest: Partial<SubTaskUpdate> = {},
): IncomingUpdate {
  return {
    sender: { node_id: claim.node, instance_id: `${claim.node}-a` },
    update: {
      task_id: claim.taskId,
      subtask_id: toSubTaskId(claim.taskId, claim.index),
      attempt: claim.attempt,
      lease_id: claim.lease,
      status,
      ...rest,
    },
  };
}

export const failure = (error_code: string): Partial<SubTaskUpdate> => ({
  error_info: { error_code, error_message: 'it broke' },
});
