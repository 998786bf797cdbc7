import { groupBy, toSentence } from '@cyberstroll/contracts';
import { publishTaskChange } from '@cyberstroll/messaging';
import { type Counts, type Logger, logFailure } from '@cyberstroll/runtime';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import {
  createExclusionWatch,
  type ExclusionWatch,
  type LimitTurn,
  type LimitTurns,
  type Store,
} from '@cyberstroll/store';
import { TargetError } from '@cyberstroll/targets';
import { type PlanHeadroom, toNoHeadroom } from '@cyberstroll/task-state';
import { type SendDeps, sendChunks, type TaskSent } from '../adapters/send-chunks';
import type { TaskLeases } from '../adapters/task-leases';
import { createTaskScan, type ScannedTask, type TaskScanOptions } from '../adapters/task-scan';
import { findNextServed, type PlannedChunk, planDispatch } from '../core/plan-dispatch';
import { observePools, type PoolObservation } from '../core/pool';
import { type SmoothTasks, toSmoothTasks } from '../core/smooth-tasks';
import { OPERATOR } from '../operator';

export interface DispatchDeps extends Omit<SendDeps, 'exclusions'> {
  store: Pick<Store, 'tasks' | 'subTasks' | 'chunks' | 'nodes' | 'queues' | 'exclusions'>;
  exclusions?: ExclusionWatch;
  leases: TaskLeases;
  limits: LimitTurns;
  logger: Logger;
}

/** CREATED tasks that one pass takes up. */
const MAX_TAKEN_UP = 500;
/** After this many passes in a row that had nothing to send, the windows are full: scans are slow. */
const PASSES_WHILE_FULL = 4;
/** For how long the nodes are known, and what retries their queues have, in milliseconds. An event may end it. */
const FLEET_MS = 1_000;
/** After a turn that found no room under any limit, and before the next. */
const NO_ROOM_MS = 100;
/** Tasks that a pass reads because they are served next. */
const MOST_WANTED = 50;

export function createDispatch(given: DispatchDeps, options?: TaskScanOptions) {
  const deps = { exclusions: createExclusionWatch(given.store), ...given };
  const { store, broker, limits, leases } = deps;
  const scan = createTaskScan(store, options);
  let fleet: { nodes: Nodes; retries: ReadonlyMap<string, number>; readTime: Date } | undefined;
  let observation: PoolObservation | undefined;
  let smooth: SmoothTasks = new Set();
  /** Passes in a row that sent nothing. */
  let idlePasses = 0;
  /** Of those that are known. */
  let limited: ReadonlySet<string> = new Set();
  let noRoomUntil = new Date(0);

  async function readFleet(now: Date): Promise<NonNullable<typeof fleet>> {
    if (fleet && now.getTime() - fleet.readTime.getTime() < FLEET_MS) return fleet;
    const nodes = await store.nodes.findAvailableNodes();
    const retries = await store.queues.findRetries([...new Set(nodes.flatMap(({ pools }) => pools))], now);
    fleet = { nodes, retries, readTime: now };
    return fleet;
  }

  /** The part of a plan that is ours, written down where the next sender under its limits sees it. */
  async function toOurs({ headroom, commit }: LimitTurn, plan: readonly PlannedChunk[]): Promise<PlannedChunk[]> {
    const taskIds = [...new Set(plan.map(({ task_id }) => task_id))].filter((taskId) => limited.has(taskId));
    const ours = await leases.hold(taskIds);
    const [others, own] = partition(plan, ({ task_id }) => !limited.has(task_id) || ours.has(task_id));
    for (const { task_id, first_index, count } of others) headroom.giveBack(task_id, count, (n) => first_index + n);
    await commit();
    return own;
  }

  async function send(
    plan: readonly PlannedChunk[],
    { seen, before, turn }: { seen: readonly ScannedTask[]; before: SmoothTasks; turn: LimitTurn | undefined },
    now: Date,
  ): Promise<TaskSent[]> {
    const placed = plan.map((chunk, place) => ({ ...chunk, place }));
    const planned = groupBy(placed, ({ task_id }) => task_id);
    const plans = seen.flatMap((task) => {
      const isLimited = limited.has(task.task_id);
      const careful = !before.has(task.task_id);
      // What a dead sender has written down takes room. The cursor must pass it before it can be sent again.
      const mayBeAhead = turn && careful && isLimited && isDispatchable(task);
      const chunks = planned.get(task.task_id) ?? (mayBeAhead ? [] : undefined);
      return chunks ? [{ task, planned: chunks, careful, limited: isLimited }] : [];
    });
    const ofPools = groupBy(plans, ({ task }) => task.config.pool);
    // What is limited is ours for as long as the turn is.
    const leftMs = (taskId: string) =>
      turn && limited.has(taskId) ? Math.min(leases.leftMs(taskId), turn.leftMs()) : leases.leftMs(taskId);
    const sending = { ...deps, leases: { ...leases, leftMs } };
    const results = await Promise.all([...ofPools].map(([pool, ofPool]) => sendChunks(sending, pool, ofPool, now)));
    return results.flat();
  }

  return {
    /** Something happened to a task: the next pass reads it. */
    noteTask: scan.note,
    /** A node takes work or not, now: if that is new, the next pass reads all nodes. */
    noteNode(nodeId: string, takesWork: boolean): void {
      const isKnown = fleet?.nodes.some(({ node_id }) => node_id === nodeId);
      if (isKnown !== takesWork) fleet = undefined;
    },
    /**
     * A pass. Each one hands its observations of pools and tasks to the next. Resolves with undefined if the next pass
     * can wait until something changes: no task that a node could take has targets left, or the windows stay full. A
     * full window has work for twice what the nodes run, so no node waits for that pass.
     */
    async dispatchOnce(now: Date): Promise<Counts | undefined> {
      broker.check();
      const takenUp = await takeUpTasks(deps, scan.note);
      const { nodes, retries } = await readFleet(now);
      const { pools = new Map() } = observation ?? {};
      // Those behind a limit are the least served: they must not be all that is read.
      const wanted = partition(scan.findKnown(), ({ task_id }) => limited.has(task_id)).flatMap((some) =>
        findNextServed(some, pools, MOST_WANTED),
      );
      const { seen, others } = await scan.read(
        nodes.flatMap(({ pools }) => pools),
        wanted,
        now,
      );
      const all = [...seen, ...others];
      observation = observePools(observation, { tasks: all, nodes, retries, now });
      limited = await limits.findLimited(all, now);
      const held = seen.filter((task) => limited.has(task.task_id) && isDispatchable(task));
      const turn = held.length > 0 && now >= noRoomUntil ? await limits.take('first', held) : undefined;
      const before = smooth;
      const { take } = turn?.headroom ?? toNoHeadroom(limited);
      let isHeldBack = false;
      let plan: PlannedChunk[];
      let sent: TaskSent[];
      try {
        const headroom: PlanHeadroom = {
          take(taskId, ...wanted) {
            const taken = take(taskId, ...wanted);
            if (taken === 0) isHeldBack = true;
            return taken;
          },
        };
        plan = planDispatch({ tasks: seen, others, pools: observation.pools, headroom });
        // A pass that fails leaves every task to a careful one.
        smooth = new Set();
        const ours = turn ? await toOurs(turn, plan) : plan;
        sent = await send(ours, { seen, before, turn }, now);
      } finally {
        await turn?.end();
      }
      const isFull = turn && !plan.some(({ task_id }) => limited.has(task_id));
      if (isFull) noRoomUntil = new Date(now.getTime() + NO_ROOM_MS);
      for (const { task_id, sent: count, passed } of sent) scan.noteSent(task_id, count, passed);
      await handleErrors(deps, sent);
      smooth = toSmoothTasks(before, {
        known: all.map(({ task_id }) => task_id),
        outcomes: new Map(sent.map(({ task_id, outcome }) => [task_id, outcome])),
      });
      const subtasks = sent.reduce((sum, { sent: count }) => sum + count, 0);
      idlePasses = plan.length + takenUp > 0 ? 0 : idlePasses + 1;
      const canWait = !isHeldBack && (idlePasses >= PASSES_WHILE_FULL || (idlePasses > 0 && !all.some(hasTargetsLeft)));
      return canWait && scan.isComplete() ? undefined : { subtasks };
    },
  };
}

type Nodes = Awaited<ReturnType<Store['nodes']['findAvailableNodes']>>;

const isDispatchable = (task: ScannedTask): boolean =>
  DISPATCHABLE_TASK_STATUSES.includes(task.status) && hasTargetsLeft(task);

const hasTargetsLeft = ({ status, isHeld, cursor, total_targets }: ScannedTask): boolean =>
  status !== 'PAUSED' && !isHeld && cursor < total_targets;

/** CREATED tasks become QUEUED, by the replica that holds their lease. Resolves with how many there were. */
async function takeUpTasks(deps: DispatchDeps, note: (taskId: string) => void): Promise<number> {
  const { store, leases } = deps;
  const created = await store.tasks.findCreated(MAX_TAKEN_UP);
  const ours = await leases.hold(created);
  const reason = toSentence('taken_up');
  for (const task_id of await store.tasks.queueTasks([...ours], reason, OPERATOR)) {
    note(task_id);
    const transitions = [{ status: 'QUEUED', reason }] as const;
    await publishTaskChange(deps, { task_id, transitions, operator: OPERATOR, timestamp: new Date() });
  }
  return created.length;
}

/** A task whose targets are unreadable ends. Any other error is logged once for all tasks that have it. */
async function handleErrors(deps: DispatchDeps, sent: readonly TaskSent[]): Promise<void> {
  const failed = sent.filter(({ error }) => error !== undefined);
  for (const { task_id, error } of failed) {
    if (error instanceof TargetError) await failTask(deps, task_id, error.message);
  }
  const others = failed.filter(({ error }) => !(error instanceof TargetError));
  for (const [, [first, ...more]] of groupBy(others, ({ error }) => String(error))) {
    logFailure(deps.logger, { task_id: first!.task_id, tasks: 1 + more.length, err: first!.error }, 'dispatch failed');
  }
}

/** Unreadable targets stay unreadable: the task ends, with the reason. */
async function failTask(deps: DispatchDeps, task_id: string, message: string): Promise<void> {
  const reason = toSentence('unsendable', { cause: message }).slice(0, 500);
  const { changed } = await deps.store.tasks.updateTaskStatus(task_id, 'FAILED', reason, OPERATOR);
  const transitions = [{ status: 'FAILED', reason }] as const;
  if (changed) await publishTaskChange(deps, { task_id, transitions, operator: OPERATOR, timestamp: new Date() });
}

/** Those that are not, and those that are. */
function partition<Item>(items: readonly Item[], is: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter((item) => !is(item)), items.filter(is)];
}
