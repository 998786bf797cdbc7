import type { Progress, SubTask, Task, WaitingReason } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import { createSharedCall } from '@cyberstroll/runtime';
import { isClosedSubTask, isEndedTask } from '@cyberstroll/state-machine';
import { hasNumbers, type Store } from '@cyberstroll/store';
import { askGate, findCovering, type GateFacts } from '@cyberstroll/task-state';
import { type FullLimit, findFullLimit } from '../core/waiting/full-limit';
import { type PoolWork, toPoolState, type WaitingContext } from '../core/waiting/pool-state';
import { type SubTaskWaiting, toSubTaskWaitingReason } from '../core/waiting/subtask-waiting-reason';
import { hasOnlyRetries, type TaskFacts, toTaskWaitingReason } from '../core/waiting/task-waiting-reason';
import { toBlocked, toFleetBusy } from '../core/waiting/waiting-causes';

/** Lists do not read the ranges. */
type WithRanges = Partial<Pick<Task, 'target_ranges'>>;
type ExplainedTask = TaskFacts & Pick<Task, 'task_id' | 'progress' | 'labels'> & WithRanges;

export interface WaitingExplainer {
  /** One reason per task, in the same order. `progress` is given if it is newer than the task's own. */
  explainTasks(tasks: readonly { task: ExplainedTask; progress?: Progress }[]): Promise<(WaitingReason | undefined)[]>;
  /** Why new work would wait. */
  explainWork(work: PoolWork): Promise<WaitingReason | undefined>;
  /** One reason per subtask, in the same order. All subtasks belong to one task, which is read if it is not given. */
  explainSubTasks(
    taskId: string,
    subTasks: readonly SubTask[],
    task?: SubTaskWaiting['task'] & GateFacts,
  ): Promise<(WaitingReason | undefined)[]>;
}

/** However many ask, the fleet is read once in this many milliseconds. */
const KEEP_MS = 2_000;
/** Where ranges are not known, they may be anywhere. */
const EVERYWHERE = [{ first: '', last: '~' }];

/**
 * Reads the fleet once for a whole list, and not at all if everything in the list has ended. Requests share a read, and
 * its answer for a moment.
 */
export function createWaitingExplainer({
  store,
  broker,
}: {
  store: Pick<Store, 'waiting' | 'limits' | 'freezes'>;
  broker: Pick<Broker, 'isConnected' | 'isBlocked'>;
}): WaitingExplainer {
  const readFleet = createSharedCall(
    async () => {
      const [nodes, tasksByPool] = await Promise.all([store.waiting.findFleet(), store.waiting.countTasksByPool()]);
      return { nodes, tasksByPool };
    },
    { keepMs: KEEP_MS },
  );
  /**
   * What the gate says of a task now. Lists do not have its addresses: there it is what is written on the task, as it
   * is of a task that was just created.
   */
  async function withHold<Each extends Omit<GateFacts, 'target_ranges'> & WithRanges>(task: Each): Promise<Each> {
    const { target_ranges } = task;
    if (!target_ranges || task.status === 'CREATED') return task;
    const now = new Date();
    const answer = askGate({ ...task, target_ranges }, { freezes: await store.freezes.findRecent() }, now);
    return { ...task, hold: answer.mayBegin ? undefined : answer.hold };
  }
  /** What the stored limits cover. */
  const readCovers = createSharedCall(async () => (await store.limits.findAll()).map(({ covers }) => ({ covers })), {
    keepMs: KEEP_MS,
  });
  const readLimits = createSharedCall(() => store.limits.findOverAll(new Date()), { keepMs: KEEP_MS });
  /**
   * The limit that has no room for a task, or for an address of it. What the stored ones have in use is read once for
   * all requests, and only if one of them may cover one of the tasks. `isKnown`: the labels of the tasks are given.
   */
  async function findFull(
    tasks: readonly (Pick<ExplainedTask, 'task_id' | 'config'> & Partial<Pick<Task, 'labels' | 'target_ranges'>>)[],
    { now, isKnown }: { now: Date; isKnown: boolean },
  ): Promise<(taskId: string, index?: number) => FullLimit | undefined> {
    if (tasks.length === 0) return () => undefined;
    const own = tasks.filter(({ config }) => hasNumbers(config));
    const rules = await readCovers();
    const isCovered = (task: (typeof tasks)[number]) =>
      findCovering(rules, { labels: [], target_ranges: EVERYWHERE, ...task }).length > 0;
    const mayCover = rules.length > 0 && (!isKnown || tasks.some(isCovered));
    const [stored, ofOwn] = await Promise.all([
      mayCover ? readLimits() : [],
      own.length > 0 ? store.limits.findStanding(own, now, { limits: [] }) : [],
    ]);
    return (taskId, index) => findFullLimit([...stored, ...ofOwn], { taskId, index }, now);
  }
  const look = async (): Promise<WaitingContext> => ({
    ...(await readFleet()),
    broker: toBrokerState(),
    now: new Date(),
  });
  const toBrokerState = () => (broker.isConnected() ? (broker.isBlocked() ? 'blocked' : 'up') : 'down');

  async function findNextRetries(taskIds: readonly string[]): Promise<Map<string, Date>> {
    return taskIds.length > 0 ? store.waiting.findNextRetries(taskIds) : new Map();
  }

  return {
    async explainTasks(tasks) {
      const standing = await Promise.all(
        tasks.map(async ({ task, progress = task.progress }) => ({
          task: isEndedTask(task.status) ? task : await withHold(task),
          progress,
        })),
      );
      const open = standing.filter(({ task }) => !isEndedTask(task.status));
      if (open.length === 0) return standing.map(() => undefined);
      const retrying = open.filter(({ progress }) => hasOnlyRetries(progress)).map(({ task }) => task.task_id);
      const [around, nextRetries, toFull] = await Promise.all([
        look(),
        findNextRetries(retrying),
        findFull(
          // A task that was just created waits to be taken up, whatever limits it.
          open.flatMap(({ task }) => (task.status === 'CREATED' ? [] : [task])),
          { now: new Date(), isKnown: true },
        ),
      ]);
      return standing.map(({ task, progress }) => {
        const { task_id, cursor } = task;
        const next = cursor < progress.total_targets ? cursor : undefined;
        const own = { nextRetry: nextRetries.get(task_id), full: toFull(task_id, next) };
        return toTaskWaitingReason({ task, progress, ...own, ...around });
      });
    },
    async explainWork(work) {
      const around = await look();
      const pool = toPoolState(work, around);
      return toBlocked(pool, around) ?? (pool.isFull ? toFleetBusy(pool) : undefined);
    },
    async explainSubTasks(taskId, subTasks, given) {
      if (subTasks.every(({ status }) => isClosedSubTask(status))) return subTasks.map(() => undefined);
      const [around, task] = await Promise.all([look(), withHold(given ?? (await store.waiting.getTask(taskId)))]);
      const toFull = await findFull([{ task_id: taskId, config: task.config }], { now: around.now, isKnown: false });
      return subTasks.map((subTask) => {
        return toSubTaskWaitingReason({ task, subTask, full: toFull(taskId, subTask.index), ...around });
      });
    },
  };
}
