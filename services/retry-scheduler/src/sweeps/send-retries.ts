import { groupBy, parseSubTaskId, toJobQueue, toPortions } from '@cyberstroll/contracts';
import { type Broker, type Publisher, publishEvent, sendJob } from '@cyberstroll/messaging';
import { AppError, type Counts, type Logger } from '@cyberstroll/runtime';
import {
  createExclusionWatch,
  createTaskRound,
  type DueRetry,
  type ExclusionWatch,
  type LimitTurn,
  type LimitTurns,
  type OpenTask,
  type SentRetries,
  type Store,
} from '@cyberstroll/store';
import {
  findAvailableNodes,
  haveFreeSlot,
  type LostAddresses,
  takesWork,
  toExcludePorts,
} from '@cyberstroll/task-state';
import { createRetryAgenda, type RetryAgenda, type RetryFacts } from '../core/retry-agenda';
import { type RetryRoom, toRetryRoom } from '../core/retry-room';
import { type RetryJob, type RetryNode, toRetryJobs } from '../core/to-retry-jobs';
import { OPERATOR } from '../operator';

/** Tasks that one query names, and queries of one pool in one pass. */
const TASKS_AT_ONCE = 500;
const QUERIES = 8;
/** The part of a pool's room that one query may use: so several tasks have their turn in each pass. */
const SHARE = 1 / 4;
/** Limited tasks that one pass looks at, in turn: each is a query. */
const LIMITED_QUERIES = 50;
/** Retries that one pass sends again. */
const MAX_REPEATED = 5_000;
/** Between two pages of the walk over all running tasks that show retries. It finds what no event has said. */
const WALK_MS = 2_000;
/** A task that was not seen for longer has none: a document shows them within seconds. */
const FORGET_MS = 60_000;
/** For how long the nodes are known, in milliseconds. */
const FLEET_MS = 1_000;
/** Between two reports to the dispatcher, and how long each is valid. */
const REPORT_MS = 1_000;
const KEEP_REPORT_MS = 10_000;

export interface RetryDeps {
  store: Pick<Store, 'tasks' | 'subTasks' | 'nodes' | 'queues' | 'exclusions'>;
  broker: Broker;
  publisher: Publisher;
  limits: LimitTurns;
  logger: Logger;
  resendMs: number;
  exclusions?: ExclusionWatch;
  /** Events of tasks and of their retries are noted in it. */
  agenda?: RetryAgenda;
}

/**
 * The pass that sends the retries that are due, and records that when RabbitMQ has confirmed them. A crash in between
 * sends them twice, which is harmless: the fence accepts each attempt once. Those of limited tasks are recorded first,
 * since what is sent must count, and a crash in between delays them.
 *
 * It looks for retries of RUNNING tasks that are not held and whose pool has a node for them, task after task, and for
 * no more of them than the pool has room for. Nothing is written to those that cannot go. A retry that was sent before
 * is sent again only if its queue is empty and a node has a free slot: then neither the queue nor a full node can have
 * it.
 *
 * Resolves with undefined while no task has retries.
 */
export function createSendRetries({
  store,
  broker,
  publisher,
  limits,
  logger,
  resendMs,
  exclusions = createExclusionWatch(store),
  agenda = createRetryAgenda(),
}: RetryDeps): (now: Date) => Promise<Counts | undefined> {
  const nextRetrying = createTaskRound(store, 'retrying');
  const roomOf = new Map<string, RetryRoom>();
  /** By pool: how many limited tasks had their turn. */
  const nextLimited = new Map<string, number>();
  let fleet: { nodes: readonly RetryNode[]; readTime: Date } | undefined;
  let walkedTime = new Date(0);
  let reportedTime = new Date(0);
  /** Pools with more than none. */
  let reported: ReadonlySet<string> = new Set();

  return async function sendRetriesOnce(now) {
    broker.check();
    await findTasks(now);
    if (agenda.size() === 0) return undefined;
    const nodes = await findNodes(now);
    const canGo = ({ config, scan }: RetryFacts) => findAvailableNodes(nodes, config.pool, scan.method).length > 0;
    const { waiting, again } = await readSent(now);
    const members = agenda.toTurns().flatMap(({ tasks }) => tasks);
    const limited = await limits.findLimited(members, now);
    const isLimited = ({ task_id }: { task_id: string }) => limited.has(task_id);
    const lost = await findLost(again.filter(canGo), nodes, now);
    const open = lost.filter((retry) => !isLimited(retry));
    const counts = { retries: await send(open, nodes, now, { isRepeat: true }) };
    const lostOnes = groupBy(lost.filter(isLimited), ({ task_id }) => task_id);
    counts.retries += await sendLimited(
      'again',
      members.filter(({ task_id }) => lostOnes.has(task_id)),
      async ({ task_id }) => lostOnes.get(task_id)!,
      { nodes, now, lost: new Map([...lostOnes].map(([taskId, retries]) => [taskId, retries.map(toIndex)])) },
    );
    for (const { pool, tasks } of agenda.toTurns()) {
      const before = waiting.get(pool) ?? 0;
      const room = toRetryRoom(roomOf.get(pool), { capacity: toCapacity(nodes, pool), waiting: before });
      const able = tasks.filter(canGo);
      const left = room.allowed - before;
      const unlimited = able.filter((task) => !isLimited(task));
      let sent = await sendDue(pool, unlimited, { nodes, room: left }, now);
      sent += await sendLimitedDue(pool, able.filter(isLimited), { nodes, room: left - sent }, now);
      counts.retries += sent;
      waiting.set(pool, before + sent);
      roomOf.set(pool, { ...room, isFull: before + sent >= room.allowed });
    }
    await report(waiting, now);
    return counts;
  };

  async function findNodes(now: Date): Promise<readonly RetryNode[]> {
    if (!fleet || toMs(fleet.readTime, now) >= FLEET_MS) {
      fleet = { nodes: await store.nodes.findAvailableNodes(), readTime: now };
    }
    return fleet.nodes;
  }

  /** By the walk, and by events, in case a document does not show its retries yet. */
  async function findTasks(now: Date): Promise<void> {
    if (toMs(walkedTime, now) >= WALK_MS) {
      agenda.see(await nextRetrying(), now);
      agenda.forget(new Date(now.getTime() - FORGET_MS));
      walkedTime = now;
    }
    const noted = agenda.takeNoted();
    if (noted.length === 0) return;
    const running = (await store.tasks.findOpen(noted)).filter(maySend);
    agenda.drop(noted);
    agenda.see(running, now);
  }

  /** By pool: how many retries were sent and are not claimed; and the tasks that have some that are due again. */
  async function readSent(now: Date): Promise<{ waiting: Map<string, number>; again: RetryFacts[] }> {
    const tasks = agenda.findSent();
    const found = new Map<string, SentRetries>();
    for (const some of toPortions(tasks, TASKS_AT_ONCE)) {
      for (const [taskId, sent] of await store.subTasks.findSentRetries(toTaskIds(some))) found.set(taskId, sent);
    }
    const waiting = new Map<string, number>();
    for (const { task_id, config } of tasks) {
      const count = found.get(task_id)?.count ?? 0;
      agenda.noteSent([task_id], count);
      waiting.set(config.pool, (waiting.get(config.pool) ?? 0) + count);
    }
    const isDueAgain = (again: Date | undefined) => again !== undefined && again <= now;
    return { waiting, again: tasks.filter(({ task_id }) => isDueAgain(found.get(task_id)?.again)) };
  }

  async function findLost(tasks: readonly RetryFacts[], nodes: readonly RetryNode[], now: Date): Promise<DueRetry[]> {
    const lost: RetryFacts[] = [];
    for (const [pool, ofPool] of groupBy(tasks, ({ config }) => config.pool)) {
      await broker.declareJobQueue(pool);
      const { known: depth } = await broker.queueDepth(toJobQueue(pool).name);
      if (depth !== 0) continue;
      lost.push(...ofPool.filter(({ scan }) => haveFreeSlot(findAvailableNodes(nodes, pool, scan.method))));
    }
    return store.subTasks.findLostRetries(toTaskIds(lost.slice(0, TASKS_AT_ONCE)), now, MAX_REPEATED);
  }

  /**
   * Query by query, as many as there is room for. A task that has more than one query returns has its next turn after
   * all others.
   */
  async function sendDue(
    pool: string,
    tasks: readonly RetryFacts[],
    { nodes, room }: { nodes: readonly RetryNode[]; room: number },
    now: Date,
  ): Promise<number> {
    const limit = Math.ceil(room * SHARE);
    let left = toTaskIds(tasks);
    let sent = 0;
    for (let query = 0; query < QUERIES && left.length > 0 && sent < room; query++) {
      const some = takeAscending(left, TASKS_AT_ONCE);
      const due = await store.subTasks.findDueRetries(some, now, Math.min(limit, room - sent));
      const cut = due.length === limit ? due.at(-1)!.task_id : undefined;
      const reached = cut ?? some.at(-1)!;
      left = left.slice(left.indexOf(reached) + 1);
      if (cut !== undefined) left.push(cut);
      agenda.noteTurn(pool, reached);
      sent += await send(due, nodes, now, { isRepeat: false });
    }
    return sent;
  }

  /** The same of limited tasks: each has a query of its own, since another one may have no room. */
  async function sendLimitedDue(
    pool: string,
    tasks: readonly RetryFacts[],
    { nodes, room }: { nodes: readonly RetryNode[]; room: number },
    now: Date,
  ): Promise<number> {
    if (room <= 0 || tasks.length === 0) return 0;
    const first = nextLimited.get(pool) ?? 0;
    const some = Array.from({ length: Math.min(tasks.length, LIMITED_QUERIES) }, (_, i) => {
      return tasks[(first + i) % tasks.length]!;
    });
    // The store answers in the order of ids, whatever order it is asked in.
    const [due] = await store.subTasks.findDueRetries(toTaskIds(some), now, 1);
    if (!due) {
      nextLimited.set(pool, first + some.length);
      return 0;
    }
    nextLimited.set(pool, first + 1);
    let left = room;
    return sendLimited(
      'retry',
      some,
      async ({ task_id }) => {
        const found = left > 0 ? await store.subTasks.findDueRetries([task_id], now, left) : [];
        left -= found.length;
        return found;
      },
      { nodes, now },
    );
  }

  /** Sends what `find` finds of each task, as far as its limits have room, in one turn. */
  async function sendLimited(
    sender: 'retry' | 'again',
    tasks: readonly RetryFacts[],
    find: (task: RetryFacts) => Promise<readonly DueRetry[]>,
    { nodes, now, lost }: { nodes: readonly RetryNode[]; now: Date; lost?: LostAddresses },
  ): Promise<number> {
    const turn = tasks.length > 0 ? await limits.take(sender, tasks, lost) : undefined;
    if (!turn) return 0;
    try {
      const retries: DueRetry[] = [];
      for (const task of tasks) {
        const due = await find(task);
        // One in a full prefix holds up none in another.
        retries.push(...due.filter((retry) => turn.headroom.take(task.task_id, 1, () => toIndex(retry)) > 0));
      }
      await turn.commit();
      return await send(retries, nodes, now, { isRepeat: sender === 'again', turn });
    } finally {
      await turn.end();
    }
  }

  /** `turn`: they are limited. */
  async function send(
    retries: readonly DueRetry[],
    nodes: readonly RetryNode[],
    now: Date,
    { isRepeat, turn }: { isRepeat: boolean; turn?: LimitTurn },
  ): Promise<number> {
    if (retries.length === 0) return 0;
    const taskIds = [...new Set(retries.map(({ task_id }) => task_id))];
    const open = await store.tasks.findOpen(taskIds);
    const running = open.filter(maySend);
    const isRunning = new Set(toTaskIds(running));
    agenda.drop(taskIds.filter((taskId) => !isRunning.has(taskId)));
    agenda.noteSent([...isRunning], undefined);
    const tasks = await Promise.all(
      running.map(async (task) => ({ ...task, ...(await store.tasks.getJobSource(task.task_id)) })),
    );
    for (const pool of new Set(tasks.map(({ config }) => config.pool))) await broker.declareJobQueue(pool);
    // What is excluded is cancelled soon.
    const inForce = await exclusions.read(now);
    const excludedOf = new Map(tasks.map(({ task_id, scan }) => [task_id, inForce.of(scan.ports)]));
    const allowed = retries.filter(({ task_id, ip }) => !excludedOf.get(task_id)?.set.has(ip));
    const jobs = toRetryJobs(allowed, { tasks, nodes }).map(({ job, ...planned }) => {
      const ips = job.subtasks.map(({ ip }) => ip);
      return { ...planned, job: { ...job, ...toExcludePorts(excludedOf.get(job.task_id)!, ips) } };
    });
    const sent = await Promise.all(jobs.map((job) => sendOne(job, now, isRepeat, turn)));
    return sent.reduce((sum, count) => sum + count, 0);
  }

  async function sendOne(planned: RetryJob, now: Date, isRepeat: boolean, turn?: LimitTurn): Promise<number> {
    const { task_id, subtasks } = planned.job;
    const ids = subtasks.map(({ subtask_id }) => subtask_id);
    const mark = () => store.subTasks.markRetriesSent(ids, new Date(now.getTime() + resendMs));
    if (turn) {
      if (turn.leftMs() <= 0) throw new AppError('lease_ended');
      await mark();
    }
    await sendJob(publisher, planned);
    if (!turn) await mark();
    if (isRepeat) {
      const reason = 'sent again: it left the queue, and no node has started it';
      logger.info({ task_id, subtasks: subtasks.length, reason }, 'retry sent again');
      publishEvent(publisher, 'subtask', 'RETRYING', { task_id, subtasks, reason, operator: OPERATOR }, now);
    }
    return subtasks.length;
  }

  /** It counts what is sent in the window of the pool. */
  async function report(waiting: ReadonlyMap<string, number>, now: Date): Promise<void> {
    if (toMs(reportedTime, now) < REPORT_MS) return;
    reportedTime = now;
    const counts = new Map([...waiting].filter(([pool, count]) => count > 0 || reported.has(pool)));
    await store.queues.noteRetries(counts, now, KEEP_REPORT_MS);
    reported = new Set([...counts].flatMap(([pool, count]) => (count > 0 ? [pool] : [])));
  }
}

const toIndex = ({ subtask_id }: DueRetry): number => parseSubTaskId(subtask_id)!.index;

const maySend = ({ status, hold }: OpenTask): boolean => status === 'RUNNING' && !hold;

/** As many as there are in ascending order: the database returns them in this order. */
function takeAscending(taskIds: readonly string[], limit: number): string[] {
  const end = taskIds.findIndex((taskId, place) => place > 0 && taskId <= taskIds[place - 1]!);
  return taskIds.slice(0, Math.min(end < 0 ? taskIds.length : end, limit));
}

const toCapacity = (nodes: readonly RetryNode[], pool: string): number =>
  nodes.filter((node) => takesWork(node) && node.pools.includes(pool)).reduce((sum, { capacity }) => sum + capacity, 0);

const toTaskIds = (tasks: readonly { task_id: string }[]) => tasks.map(({ task_id }) => task_id);
const toMs = (from: Date, to: Date): number => to.getTime() - from.getTime();
