import { toSubTaskId } from '@cyberstroll/contracts';
import type { ExclusionWatch, InForce } from '@cyberstroll/coordination';
import type { Broker, ServiceUpdateSender } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import {
  type ExclusionWalk,
  isExclusionWalkDone,
  keepUp,
  takeExcludedPage,
  toExcludedUpdates,
} from '@cyberstroll/task-state';
import { forEachTask } from './for-each-task';

/** Tasks of one query, and those that one pass works on. */
const TASKS_AT_ONCE = 2_000;
const TASKS_OF_A_PASS = 100;
/** Subtasks of one task that a pass cancels at most, twice: those that are open, and those that nobody has touched. */
const PAGE = 5_000;
/** Of those that something has happened to. The search finds the others. */
const MAX_NOTED = 2_000;
/** Between two searches for all tasks, in milliseconds. Each also looks at what is open in a task once more. */
const SEARCH_MS = 5_000;
/** As in `retry-all`: with more envelopes waiting, no page is sent. */
const FEW_UPDATES = 50;

export interface ApplyExclusionsDeps {
  store: Pick<Store, 'tasks' | 'subTasks' | 'exclusions' | 'queueLag'>;
  broker: Broker;
  updates: ServiceUpdateSender;
  exclusions: ExclusionWatch;
  logger: Logger;
  pageSize?: number;
}

/** A task that has a target that is excluded. */
interface Affected {
  walk: ExclusionWalk;
  /** Whether what is open of it is to be looked at. */
  isDue: boolean;
  /** How often it had its turn: the next has whoever had the fewest, and of these the largest overlap. */
  turns: number;
}

/**
 * The sweep that cancels in open tasks what is excluded. It walks once over the excluded targets of each task for what
 * nobody has touched, a page per task and pass. What is open with a node, or waits for its retry, it looks for again
 * and again: an update that came too late changes nothing, since another attempt or a node's claim came first.
 *
 * All that it remembers is where it is. A successor begins again, and finds cancelled what was cancelled.
 */
export function createApplyExclusions(deps: ApplyExclusionsDeps) {
  const { store, broker, updates, exclusions, logger, pageSize = PAGE } = deps;
  /** By task: those that the last search found. */
  let affected = new Map<string, Affected>();
  const noted = new Set<string>();
  let searched: { key: string; time: Date } | undefined;

  async function findAffected(inForce: InForce, now: Date): Promise<void> {
    const { ranges } = inForce;
    const isDue = searched?.key !== inForce.key || now.getTime() - searched.time.getTime() >= SEARCH_MS;
    const taskIds = [...noted];
    noted.clear();
    if (!isDue) {
      if (taskIds.length === 0) return;
      const open = await store.tasks.findOpenWithin(ranges, { taskIds });
      await Promise.all(open.map((task) => take(task, inForce, affected)));
      return;
    }
    const found = new Map<string, Affected>();
    for (let after: string | undefined, isLast = false; !isLast; ) {
      const page = await store.tasks.findOpenWithin(ranges, { after, limit: TASKS_AT_ONCE });
      await Promise.all(page.map((task) => take(task, inForce, found)));
      after = page.at(-1)?.task_id;
      isLast = page.length < TASKS_AT_ONCE;
    }
    affected = found;
    searched = { key: inForce.key, time: now };
  }

  async function take(
    { task_id, total_targets }: { task_id: string; total_targets: number },
    inForce: InForce,
    into: Map<string, Affected>,
  ): Promise<void> {
    const key = `${total_targets} ${inForce.key}`;
    const known = affected.get(task_id);
    if (known?.walk.key === key) {
      known.isDue = known.walk.count > 0;
      into.set(task_id, known);
      return;
    }
    await forEachTask([{ task_id }], logger, async () => {
      const { targets, scan } = await store.tasks.getJobSource(task_id, total_targets);
      const { index } = inForce.of(scan.ports);
      const { count } = targets.findCommon(index.set);
      const walk: ExclusionWalk = { key, index, count, place: 0, cancelled: new Map() };
      // The ranges of many exclusions are joined, and it may keep other ports: it may have nothing that is excluded.
      into.set(task_id, { walk, isDue: walk.count > 0, turns: 0 });
    });
  }

  /** Cancels what a node holds, and what waits for its retry. */
  async function cancelOpen(task_id: string, each: Affected, now: Date): Promise<number> {
    const open = await store.subTasks.findOpenWithin(task_id, each.walk.index.set, pageSize);
    const found = open.flatMap((subTask) => {
      const exclusion = each.walk.index.find(subTask.ip);
      return exclusion ? [{ ...subTask, exclusion }] : [];
    });
    const sent = await updates.send(toExcludedUpdates(found, now), now);
    // Until none is found: the first update may be stale.
    each.isDue = found.length > 0;
    return sent;
  }

  async function cancelUntouched(task_id: string, each: Affected, now: Date): Promise<number> {
    const { walk } = each;
    if (isExclusionWalkDone(walk)) return 0;
    const { targets } = await store.tasks.getJobSource(task_id);
    // Nothing that is as large as the targets stays in memory with each walk.
    const indexes = targets.findCommon(walk.index.set).toIndexes(walk.place, pageSize);
    const statuses = await store.subTasks.findStatuses(task_id, indexes);
    const page = takeExcludedPage(walk, indexes, { statuses, toAddress: targets.member });
    const untouched = page.untouched.map(({ index, ip, exclusion }) => ({
      task_id,
      subtask_id: toSubTaskId(task_id, index),
      ip,
      attempt: 1,
      exclusion,
    }));
    const sent = await updates.send(toExcludedUpdates(untouched, now), now);
    await store.exclusions.noteAffected(task_id, page.next.cancelled);
    // A page that fails before is taken again.
    each.walk = page.next;
    return sent;
  }

  return {
    /** Something happened to a task: the next pass looks at it. */
    note(taskId: string): void {
      if (noted.size < MAX_NOTED) noted.add(taskId);
    },
    async sweepOnce(now: Date): Promise<Counts | undefined> {
      const inForce = await exclusions.read(now);
      if (inForce.exclusions.length === 0) {
        affected = new Map();
        noted.clear();
        searched = undefined;
        return undefined;
      }
      broker.check();
      await findAffected(inForce, now);
      const due = [...affected]
        .filter(([, each]) => each.isDue || !isExclusionWalkDone(each.walk))
        .sort(([, one], [, other]) => one.turns - other.turns || other.walk.count - one.walk.count)
        .slice(0, TASKS_OF_A_PASS);
      if (due.length === 0) return undefined;
      const counts = { cancelled: 0 };
      await forEachTask(
        due.map(([task_id, each]) => ({ task_id, each })),
        logger,
        async ({ task_id, each }) => {
          // One may have been lifted since the pass began: the next one knows what is left.
          if ((await exclusions.read(new Date())).key !== inForce.key) return;
          const { known: waiting } = await broker.updatesDepth();
          const lagSeconds = await store.queueLag.findLagSeconds(now);
          if (!keepUp({ waiting, lagSeconds }, FEW_UPDATES)) return;
          if (each.isDue) counts.cancelled += await cancelOpen(task_id, each, now);
          counts.cancelled += await cancelUntouched(task_id, each, now);
          each.turns += 1;
        },
      );
      return counts;
    },
  };
}
