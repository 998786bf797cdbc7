import type { LimitState, LimitUse } from '@cyberstroll/contracts';
import { type LimitCase, toNextState, toRoom } from './limit-pace';
import { createLimitShares, type LimitShares, type SharedLimit } from './limit-shares';

/** A limit as it stands: a stored one, or that of one task. */
export interface StandingLimit extends LimitCase, SharedLimit {
  key: string;
  /** The tasks that it covers, of those that are asked about. */
  tasks: ReadonlySet<string>;
  /**
   * Where an address of a covered task counts: in this prefix, or in `''` if the limit has no number for prefixes.
   * Undefined: the limit does not cover it. Absent: it covers each address, and has no number for prefixes.
   */
  locate?: ((taskId: string, index: number) => string | undefined) | undefined;
}

/** What may be sent out of limited tasks. A plan takes from it what it sends. */
export interface Headroom {
  /** Takes room for addresses of the task, given by their indexes, up to the first that has none: how many have it. */
  take(taskId: string, wanted: number, toIndex: ToIndex): number;
  /**
   * Which of these tasks gets the place of the one that was picked: of those that share its tightest limit, the least
   * served for its priority. All of them want something.
   */
  choose<Task extends { task_id: string }>(picked: Task, tasks: readonly Task[]): Task;
  /** How far the task was served beyond others, under the limit that has served it most. Undefined: it has no limit. */
  levelOf(taskId: string): number | undefined;
  /**
   * How many of the task's next addresses have no room because of where they lie, `most` at most. Their prefix is
   * full, or a limit on their network. A plan may put these aside and continue behind them. 0 where the first one has
   * room, and where a limit is full that covers every address of the task.
   */
  countBlocked(taskId: string, most: number, toIndex: ToIndex): number;
  /** What was taken, and is not sent after all. */
  giveBack(taskId: string, count: number, toIndex: ToIndex): void;
  /** By key of the limit: what the senders that follow must know. Limits under which nothing happened are missing. */
  toStates(): ReadonlyMap<string, LimitState>;
}

/** The index of the n-th address, from 0. */
export type ToIndex = (n: number) => number;

/** A limit, and what is left of it. */
interface Room {
  limit: StandingLimit;
  left: number;
  prefixes: Map<string, number>;
  shares: LimitShares;
  sent: number;
  /** Something found no room: the time of its slots counts. */
  refused: boolean;
}

/** The tightest limit of an address counts. Tasks under one limit share its room. */
export function createHeadroom(limits: readonly StandingLimit[], now: Date): Headroom {
  const standing = limits.map((limit): Room => {
    const prefixes = new Map(limit.use.prefixes);
    return {
      limit,
      left: toRoom(limit, now),
      prefixes,
      shares: createLimitShares(limit, now),
      sent: 0,
      refused: false,
    };
  });
  const of = (taskId: string) => standing.filter(({ limit }) => limit.tasks.has(taskId));

  return {
    choose(picked, tasks) {
      const shared = of(picked.task_id).filter(isShared);
      if (shared.length === 0) return picked;
      const tightest = shared.reduce((least, room) => (room.left < least.left ? room : least));
      const next = ({ limit, shares }: Room, first: typeof picked) =>
        shares.findNext([first, ...tasks.filter(({ task_id }) => limit.tasks.has(task_id))]);
      const chosen = next(tightest, picked);
      // The floors of the others rise, too.
      for (const room of of(chosen.task_id).filter(isShared)) if (room !== tightest) next(room, chosen);
      return chosen;
    },
    levelOf(taskId) {
      const levels = of(taskId).map(({ shares }) => shares.levelOf(taskId));
      return levels.length > 0 ? Math.max(...levels) : undefined;
    },
    take(taskId, wanted, toIndex) {
      const own = of(taskId);
      if (own.length === 0) return wanted;
      for (let taken = 0; taken < wanted; taken++) {
        const index = toIndex(taken);
        let fits = true;
        for (const room of own) fits = hasRoom(room, taskId, index) && fits;
        if (!fits) return taken;
        for (const room of own) move(room, 1, taskId, index);
      }
      return wanted;
    },
    countBlocked(taskId, most, toIndex) {
      const own = of(taskId);
      // Without `locate` it covers each address.
      if (own.some(({ limit, left }) => left < 1 && !limit.locate)) return 0;
      for (let n = 0; n < most; n++) if (own.every((room) => fits(room, taskId, toIndex(n)))) return n;
      return own.some(({ limit }) => limit.locate) ? most : 0;
    },
    giveBack(taskId, count, toIndex) {
      for (const room of of(taskId)) {
        for (let n = 0; n < count; n++) move(room, -1, taskId, toIndex(n));
      }
    },
    toStates: () =>
      new Map(
        standing
          .filter(({ sent, refused }) => sent > 0 || refused)
          .map(({ limit, shares, sent }) => [limit.key, { ...toNextState(limit, sent, now), ...shares.toState() }]),
      ),
  };
}

/** Whether it has room that ends. Where it has none, that a task gets nothing says nothing about its share. */
const isShared = ({ left }: Room): boolean => left >= 1 && left !== Number.POSITIVE_INFINITY;

const locate = (limit: StandingLimit, taskId: string, index: number): string | undefined =>
  limit.locate ? limit.locate(taskId, index) : '';

function move(room: Room, count: number, taskId: string, index: number): void {
  const prefix = locate(room.limit, taskId, index);
  if (prefix === undefined) return;
  room.shares.note(taskId, count);
  room.left -= count;
  room.sent += count;
  if (prefix !== '') room.prefixes.set(prefix, (room.prefixes.get(prefix) ?? 0) + count);
}

function hasRoom(room: Room, taskId: string, index: number): boolean {
  if (room.left < 1 && locate(room.limit, taskId, index) !== undefined) room.refused = true;
  return fits(room, taskId, index);
}

function fits({ limit, left, prefixes }: Room, taskId: string, index: number): boolean {
  const prefix = locate(limit, taskId, index);
  return prefix === undefined || (left >= 1 && !isFull(limit, prefixes.get(prefix)));
}

const isFull = ({ numbers: { per_prefix } }: StandingLimit, outstanding = 0): boolean =>
  per_prefix !== undefined && outstanding >= per_prefix.max_concurrent;

/** The prefix of an address that has no room for it, under this limit. */
export function findFullPrefix(limit: StandingLimit, taskId: string, index: number): string | undefined {
  const prefix = locate(limit, taskId, index);
  return prefix !== undefined && isFull(limit, limit.use.prefixes?.get(prefix)) ? prefix : undefined;
}

/** Whether the limit covers this address of one of its tasks. */
export const coversAddress = (limit: StandingLimit, taskId: string, index: number): boolean =>
  locate(limit, taskId, index) !== undefined;

/** An address that was sent out and is not closed. */
export interface OpenAddress {
  taskId: string;
  index: number;
  /** Whether its scan has started. */
  begun: boolean;
}

/** What of these counts against a limit. */
export function countUse(locate: NonNullable<StandingLimit['locate']>, open: Iterable<OpenAddress>): LimitUse {
  const prefixes = new Map<string, number>();
  let outstanding = 0;
  let not_begun = 0;
  for (const { taskId, index, begun } of open) {
    const prefix = locate(taskId, index);
    if (prefix === undefined) continue;
    outstanding += 1;
    if (!begun) not_begun += 1;
    if (prefix !== '') prefixes.set(prefix, (prefixes.get(prefix) ?? 0) + 1);
  }
  return { outstanding, not_begun, prefixes };
}

/** What a plan needs of the headroom. */
export type PlanHeadroom = Pick<Headroom, 'take' | 'choose' | 'levelOf' | 'countBlocked'>;

/** These tasks have no room: another sender has its turn. */
export const toNoHeadroom = (taskIds: ReadonlySet<string>): PlanHeadroom => ({
  ...createHeadroom([], new Date(0)),
  take: (taskId, wanted) => (taskIds.has(taskId) ? 0 : wanted),
});
