import { type DeadLetter, EXCHANGES, QUEUES, type SubTaskUpdate } from '@cyberstroll/contracts';
import { createGroup, type Service } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import {
  createListener,
  createQueuedTask,
  createTcpProxy,
  createTestBroker,
  createTestbed,
  createTestStore,
  eventually,
  type TcpProxy,
} from '@cyberstroll/testkit';
import { createService } from './create-service';

export interface UpdatersBehindProxy {
  /** Between the updaters and MongoDB. */
  proxy: TcpProxy;
  updaters: readonly Service[];
  /** Not behind the proxy. */
  store: Store;
  deadLetters: DeadLetter[];
  createTask(target: string): Promise<string>;
  /** As a node reports them, in one message. */
  send(updates: readonly SubTaskUpdate[]): Promise<void>;
  /**
   * Waits until `count` subtasks of the task are COMPLETED, then throws unless each counts once and was applied once.
   */
  expectApplied(taskId: string, count: number): Promise<void>;
  cleanup(): Promise<void>;
}

/** Whole state-updaters on a database of their own, whose every word to MongoDB passes a proxy. */
export async function startUpdatersBehindProxy(
  count: number,
  variables: Record<string, string> = {},
): Promise<UpdatersBehindProxy> {
  const testbed = await createTestbed();
  const proxy = await createTcpProxy(testbed.mongodb_uri);
  const store = createTestStore(testbed);
  const broker = createTestBroker(testbed);
  const publisher = broker.createPublisher();
  const deadLetters: DeadLetter[] = [];
  const hear = (body: unknown) => void deadLetters.push(body as DeadLetter);
  const around = createGroup('test', [
    ...[store, broker, publisher],
    createListener({ broker, publisher }, QUEUES.deadLetters, hear),
  ]);
  await around.start();
  const updaters = Array.from({ length: count }, (_, i) =>
    createService({ ...testbed, mongodb_uri: proxy.url }, { INSTANCE_ID: `updater-${i}`, ...variables }),
  );
  await Promise.all(updaters.map((updater) => updater.start()));

  /** By outcome, of all updaters. */
  async function countOutcomes(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { metrics } of updaters) {
      const { values } = await metrics.getSingleMetric('cyberstroll_state_updates_total')!.get();
      for (const { labels, value } of values) {
        const outcome = String(labels['outcome']);
        if (value > 0) counts[outcome] = (counts[outcome] ?? 0) + value;
      }
    }
    return counts;
  }

  let appliedBefore = 0;
  return {
    ...{ proxy, updaters, store, deadLetters },
    createTask: (target) => createQueuedTask(store, target),
    send: (updates) =>
      publisher.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, {
        ...{ node_id: 'node-1', instance_id: 'i', sent_time: new Date().toISOString() },
        updates,
      }),
    async expectApplied(taskId, completed) {
      await eventually(
        async () => {
          const { completed_count } = await store.taskStates.getTaskProgress(taskId);
          expect({ completed_count, deadLetters }).toEqual({
            completed_count: completed,
            deadLetters: expect.anything(),
          });
        },
        { timeoutMs: 60_000, intervalMs: 200 },
      );
      // Counted after the commit.
      await eventually(async () => expect(await countOutcomes()).toEqual({ applied: appliedBefore + completed }));
      appliedBefore += completed;
      const found = await store.audit.auditTask(taskId, { maxSubTasks: 10_000, now: new Date() });
      expect(found!.findings.map(({ finding }) => finding)).not.toContain('counter_drift');
    },
    async cleanup() {
      await Promise.all(updaters.map((updater) => updater.stop()));
      await around.stop();
      await proxy.close();
      await testbed.cleanup();
    },
  };
}

export const toUpdate = (taskId: string, index: number): SubTaskUpdate => ({
  ...{ task_id: taskId, subtask_id: `${taskId}-${index}`, attempt: 1, lease_id: `lease-${index}`, status: 'COMPLETED' },
});
