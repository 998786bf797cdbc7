import {
  type Control,
  type DeadLetter,
  type Event,
  EXCHANGES,
  type ExchangeName,
  QUEUES,
  type SubTaskUpdate,
} from '@cyberstroll/contracts';
import { createParallel, type Logger } from '@cyberstroll/runtime';
import {
  ALL_EVENTS,
  collect,
  createQueuedTask,
  createTcpProxy,
  eventually,
  sendUpdates,
  startParts,
  toUpdate,
  upTo,
} from '@cyberstroll/testkit';
import { createService } from './create-service';

export interface SetupOptions {
  /** How many updaters. */
  updaters?: number;
  variables?: Record<string, string>;
  logger?: Logger;
}

/** Updaters behind a proxy to MongoDB, and everything that they publish. The other parts are not behind the proxy. */
export async function setup({ updaters: count = 1, variables = {}, logger }: SetupOptions = {}) {
  const parts = await startParts();
  const { testbed, store, publisher } = parts;
  const deadLetters = await collect<DeadLetter>(parts, QUEUES.deadLetters);
  const events = await collect<Event>(parts, ALL_EVENTS);
  const controls = await collect<Control>(parts, { exclusiveOn: EXCHANGES.control.name });
  const proxy = await createTcpProxy(testbed.mongodb_uri);
  testbed.defer(proxy.close);
  const updaters = upTo(count).map((i) =>
    createService({ ...testbed, mongodb_uri: proxy.url }, { INSTANCE_ID: `updater-${i}`, ...variables }, logger),
  );
  await testbed.start(createParallel('updaters', updaters));

  /** What the updaters have counted in `cyberstroll_<name>`, by the value of its one label; what is 0 is left out. */
  async function readCounts(name: string, label: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { metrics } of updaters) {
      const { values } = await metrics.getSingleMetric(`cyberstroll_${name}`)!.get();
      for (const { labels, value } of values) {
        const key = String(labels[label]);
        if (value > 0) counts[key] = (counts[key] ?? 0) + value;
      }
    }
    return counts;
  }

  let appliedBefore = 0;
  return {
    ...parts,
    proxy,
    updaters,
    deadLetters,
    events,
    controls,
    readCounts,
    /** A task that was dispatched. */
    createTask: (target: string, config?: object) => createQueuedTask(store, target, config),
    /** As a node reports them, in one message, or as `sender` does to `exchange`. */
    send: (updates: readonly unknown[], sender?: object, exchange?: ExchangeName) =>
      sendUpdates(publisher, updates, sender, exchange),
    /**
     * Waits until `completed` subtasks of the task are COMPLETED, then throws unless each counts once and was applied
     * once.
     */
    async expectApplied(taskId: string, completed: number): Promise<void> {
      await eventually(
        async () => {
          const { completed_count } = (await store.tasks.getStanding(taskId)).snapshot.progress;
          expect({ completed_count, deadLetters }).toEqual({
            completed_count: completed,
            deadLetters: expect.anything(),
          });
        },
        { intervalMs: 200 },
      );
      // Counted after the commit. Where its answer did not come for long, the batch comes again, as duplicates.
      await eventually(async () => {
        const { applied = 0, duplicate = 0, ...others } = await readCounts('state_updates_total', 'outcome');
        expect([applied + duplicate, others]).toEqual([appliedBefore + completed, {}]);
      });
      appliedBefore += completed;
      const found = await store.audit.auditTask(taskId, { maxSubTasks: 10_000, now: new Date() });
      expect(found!.findings.map(({ finding }) => finding)).not.toContain('counter_drift');
    },
  };
}

export type Fixture = Awaited<ReturnType<typeof setup>>;

export const toCompleted = (taskId: string, index: number, fields: Partial<SubTaskUpdate> = {}): SubTaskUpdate =>
  toUpdate(taskId, index, { status: 'COMPLETED', ...fields });
