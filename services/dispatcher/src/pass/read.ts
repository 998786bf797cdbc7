import type { Freeze } from '@cyberstroll/contracts';
import type { Store } from '@cyberstroll/store';
import { findAvailableNodes } from '@cyberstroll/task-state';
import type { WorkReader } from '../adapters/read-work';
import type { TaskScan } from '../adapters/task-scan';
import { findNextServed, type PlanTask } from '../core/plan-dispatch';
import { observePools } from '../core/pool';
import { askGates, type GatedTask } from './ask-gates';
import type { PassMemory } from './memory';

export type Nodes = Awaited<ReturnType<Store['nodes']['findAvailableNodes']>>;

export interface ReadDeps {
  store: Pick<Store, 'nodes' | 'freezes'>;
  scan: TaskScan;
  work: WorkReader;
}

/** For how long the nodes and the rules are known, in milliseconds. An event may end it. */
const KNOWN_MS = 500;
/** Tasks that a pass reads because they are served next. */
const MOST_WANTED = 50;

/** A task as the plan sees it. */
export type PassTask = GatedTask & PlanTask;

/** What a pass plans with. */
export interface PassFacts extends Pick<PassMemory, 'gates'> {
  nodes: Nodes;
  observation: NonNullable<PassMemory['observation']>;
  /** Those that this pass has read, and the others, as passes before have read them. */
  seen: PassTask[];
  others: PassTask[];
}

/** Reads the fleet, the rules, the open tasks, and what of them is to be sent. */
export function createPassReader({ store, scan, work }: ReadDeps) {
  let nodes: { value: Nodes; readTime: Date } | undefined;
  let freezes: { value: Freeze[]; text: string; readTime: Date } | undefined;
  const isOld = ({ readTime }: { readTime: Date }, now: Date) =>
    Math.abs(now.getTime() - readTime.getTime()) >= KNOWN_MS;

  async function readNodes(now: Date): Promise<Nodes> {
    if (!nodes || isOld(nodes, now)) nodes = { readTime: now, value: await store.nodes.findAvailableNodes() };
    return nodes.value;
  }

  /** The same list while it has not changed. */
  async function readFreezes(now: Date): Promise<readonly Freeze[]> {
    if (freezes && !isOld(freezes, now)) return freezes.value;
    const value = await store.freezes.findAll(now);
    const text = JSON.stringify(value);
    freezes = { readTime: now, text, value: freezes?.text === text ? freezes.value : value };
    return freezes.value;
  }

  return {
    /** A node takes work or not, now: if that is new, the next pass reads all nodes. */
    noteNode(nodeId: string, takesWork: boolean): void {
      const isKnown = nodes?.value.some(({ node_id }) => node_id === nodeId);
      if (isKnown !== takesWork) nodes = undefined;
    },
    /** A rule may have changed: the next pass reads all of them. */
    noteRules(): void {
      freezes = undefined;
    },
    async read({ observation, limited, gates: known }: PassMemory, now: Date): Promise<PassFacts> {
      const [fleet, rules] = await Promise.all([readNodes(now), readFreezes(now)]);
      const { pools = new Map() } = observation ?? {};
      // Those behind a limit are the least served: they must not be all that is read.
      const isLimited = ({ task_id }: { task_id: string }) => limited.has(task_id);
      const before = scan.findKnown();
      const wanted = [before.filter((task) => !isLimited(task)), before.filter(isLimited)].flatMap((some) =>
        findNextServed(some, pools, MOST_WANTED),
      );
      const { seen, others } = await scan.read(
        fleet.flatMap(({ pools }) => pools),
        wanted,
        now,
      );
      const all = [...seen, ...others];
      const { gated, gates } = askGates(all, rules, known, now);
      const next = observePools(observation, { tasks: all, nodes: fleet, now });
      const able = gated.filter(
        ({ isHeld, config, scan: { method } }) => !isHeld && findAvailableNodes(fleet, config.pool, method).length > 0,
      );
      await work.read(gated, { able, toRoom: (pool) => next.pools.get(pool)?.window ?? 0 }, now);
      const isAble = new Set(able.map(({ task_id }) => task_id));
      const tasks = gated.map((task): PassTask => {
        const { retries, waiting, ...counts } = work.find(task.task_id);
        return { ...task, ...counts, ...(isAble.has(task.task_id) && { retries, waiting }) };
      });
      return {
        nodes: fleet,
        observation: next,
        gates,
        seen: tasks.slice(0, seen.length),
        others: tasks.slice(seen.length),
      };
    },
  };
}
