import { randomUUID } from 'node:crypto';
import { type SubTaskUpdate, toSubTaskId } from '@cyberstroll/contracts';
import type { IncomingUpdate } from '@cyberstroll/task-state';
import { createTestbed, type RecordedCommand, testLogger } from '@cyberstroll/testkit';
import { createConnection } from 'mongoose';
import { createStore, type Store } from '../src';
import { createWriterSessions } from '../src/mongodb/connection/writer-sessions';
import { createDatabase } from '../src/mongodb/models/database';

export {
  createQueuedTask as queuedTask,
  createUnsentTask as unsentTask,
  testLogger as silent,
  toNewTask as newTask,
} from '@cyberstroll/testkit';

export async function setup() {
  const testbed = await createTestbed();
  /** Another writer on the same database. */
  const openStore = (instance: string, options: { sessionTtlMs?: number } = {}): Promise<Store> =>
    testbed.start(createStore({ uri: testbed.mongodb_uri, instance, logger: testLogger, ...options }));
  return {
    testbed,
    store: await openStore('updater-1'),
    openStore,
    /** The parts that the store is built from, for a test that needs to intercept one of them. */
    async openParts(owner: string) {
      const connection = await createConnection(testbed.mongodb_uri, { monitorCommands: true }).asPromise();
      testbed.defer(() => connection.close());
      const db = createDatabase(() => connection);
      const sessions = createWriterSessions(db, { owner, logger: testLogger });
      sessions.start();
      testbed.defer(() => sessions.stop());
      return { connection, db, sessions };
    },
    cleanup: testbed.cleanup,
  };
}

export type StoreFixture = Awaited<ReturnType<typeof setup>>;

/**
 * What a store asks of its own accord, by time: the leases of its sessions, and the database's clock. And what ends a
 * snapshot where it is a transaction, as it is on SecantusDB alone. A test that lists commands leaves them out.
 */
const isBeside = ({ name, collection }: RecordedCommand): boolean =>
  collection === 'leases' || name === 'hello' || name === 'abortTransaction';

/** As `find tasks`, on any server. */
export const toNames = (commands: readonly RecordedCommand[]): string[] =>
  commands.filter((command) => !isBeside(command)).map(({ name, collection }) => `${name} ${collection}`.trim());

/** While `run` lasts, nothing that a store remembers for a time grows old. */
export async function withStoppedClock<T>(run: () => Promise<T>): Promise<T> {
  const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
  try {
    return await run();
  } finally {
    now.mockRestore();
  }
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

/** The update of a node under a claim. */
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
