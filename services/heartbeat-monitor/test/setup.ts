import type { Event, SubTaskUpdate } from '@cyberstroll/contracts';
import { createServiceUpdateSender } from '@cyberstroll/messaging';
import type { Service } from '@cyberstroll/runtime';
import {
  ALL_EVENTS,
  collect,
  createQueuedTask,
  createUpdater,
  eventually,
  holdDate,
  startParts,
  testLogger,
  toUpdate,
} from '@cyberstroll/testkit';

export { toHeartbeat } from '@cyberstroll/testkit';

export const logger = testLogger;

export const CLAIM_RULES = { timeoutMs: 15_000, share: 0.5, holdMs: 60_000, graceMs: 20_000 };

/** With an updater that applies what the monitor publishes. */
export async function setup() {
  const parts = await startParts();
  const { testbed, store, publisher } = parts;
  /** Service updates published so far. */
  const updates: SubTaskUpdate[] = [];
  await testbed.start(createUpdater(parts, (published) => updates.push(...published)));

  return {
    ...parts,
    /** The dependencies of the sweeps and of the handler. */
    deps: {
      store,
      publisher,
      updates: createServiceUpdateSender({ publisher, operator: 'heartbeat-monitor', repeatAfterMs: 10_000 }),
      logger,
    },
    /** Events received so far. */
    events: await collect<Event>(parts, ALL_EVENTS),
    updates,
    /** A task that was dispatched. */
    createTask: (target: string, config?: object) => createQueuedTask(store, target, config),
    /** A node starts to scan these subtasks, or does what `claim` says. */
    async claim(
      taskId: string,
      indexes: readonly number[],
      sender: { node_id: string; instance_id: string },
      claim?: Partial<SubTaskUpdate>,
    ): Promise<void> {
      const claims = indexes.map((index) => ({
        sender,
        update: toUpdate(taskId, index, { lease_id: `${sender.instance_id}-${index}`, ...claim }),
      }));
      await store.subTasks.batchUpdateSubTasks(claims);
      await store.tasks.calculateTaskProgress(taskId);
    },
    async statusOf(taskId: string, index: number): Promise<string> {
      return (await store.subTasks.getSubTask(`${taskId}-${index}`)).status;
    },
  };
}

export type Fixture = Awaited<ReturnType<typeof setup>>;

/** Less than a monitor with the usual timeout takes for a stall. */
const STEP_MS = 4_000;

/** How many passes of a sweep have ended. */
async function countPasses(service: Service, sweep: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${service.port()}/metrics`)).text();
  return Number(new RegExp(`cyberstroll_sweep_seconds_count\\{.*"${sweep}".*\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

/** The clock of the monitors in this process: a machine that is slow or stops for a while does not move it. */
export function createMonitorClock({ store }: Pick<Fixture, 'store'>) {
  const date = holdDate();
  /** Resolves after a pass that began after this call. */
  async function passed(service: Service, sweep: string): Promise<void> {
    const before = await countPasses(service, sweep);
    await eventually(async () => (await countPasses(service, sweep)) >= before + 2);
  }
  return {
    passed,
    release: date.release,
    /** All at once: a stall. */
    jump: date.pass,
    /** In steps. In each the monitor checks its links, and what `inStep` waits for comes true. */
    async pass(service: Service, ms: number, inStep: () => Promise<unknown> = async () => undefined): Promise<void> {
      // It knows of what happened until now.
      await passed(service, 'watch-links');
      for (let left = ms; left > 0; left -= STEP_MS) {
        date.pass(Math.min(left, STEP_MS));
        await inStep();
        await passed(service, 'watch-links');
      }
    },
    /** Resolves when heartbeats of these nodes were recorded at the present time of the clock. */
    heard: (nodeIds: readonly string[]): Promise<void> =>
      eventually(async () => {
        const nodes = await store.nodes.findNodes(nodeIds);
        expect(nodes).toHaveLength(nodeIds.length);
        for (const { last_seen } of nodes) expect(last_seen.getTime()).toBeGreaterThanOrEqual(Date.now());
      }),
  };
}
