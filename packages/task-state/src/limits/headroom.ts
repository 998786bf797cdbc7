import type { LimitState, LimitUse } from '@cyberstroll/contracts';
import { type LimitCase, toNextState, toRoom } from './limit-pace';

/** A limit as it stands: a stored one, or that of one task. */
export interface StandingLimit extends LimitCase {
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
  sent: number;
}

/** The tightest limit of an address counts. Tasks under one limit share its room. */
export function createHeadroom(limits: readonly StandingLimit[], now: Date): Headroom {
  const standing = limits.map((limit): Room => {
    return { limit, left: toRoom(limit, now), prefixes: new Map(limit.use.prefixes), sent: 0 };
  });
  const of = (taskId: string) => standing.filter(({ limit }) => limit.tasks.has(taskId));

  return {
    take(taskId, wanted, toIndex) {
      const own = of(taskId);
      if (own.length === 0) return wanted;
      for (let taken = 0; taken < wanted; taken++) {
        const index = toIndex(taken);
        let fits = true;
        for (const room of own) fits = hasRoom(room, taskId, index) && fits;
        if (!fits) return taken;
        for (const room of own) move(room, 1, locate(room.limit, taskId, index));
      }
      return wanted;
    },
    giveBack(taskId, count, toIndex) {
      for (const room of of(taskId)) {
        for (let n = 0; n < count; n++) move(room, -1, locate(room.limit, taskId, toIndex(n)));
      }
    },
    toStates: () =>
      new Map(
        standing.filter(({ sent }) => sent > 0).map(({ limit, sent }) => [limit.key, toNextState(limit, sent, now)]),
      ),
  };
}

const locate = (limit: StandingLimit, taskId: string, index: number): string | undefined =>
  limit.locate ? limit.locate(taskId, index) : '';

function move(room: Room, count: number, prefix: string | undefined): void {
  if (prefix === undefined) return;
  room.left -= count;
  room.sent += count;
  if (prefix !== '') room.prefixes.set(prefix, (room.prefixes.get(prefix) ?? 0) + count);
}

function hasRoom(room: Room, taskId: string, index: number): boolean {
  const prefix = locate(room.limit, taskId, index);
  if (prefix === undefined) return true;
  return room.left >= 1 && !isFull(room.limit, room.prefixes.get(prefix));
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
export interface PlanHeadroom extends Pick<Headroom, 'take'> {
  /** How many addresses from the first on have no room because of where they lie: the rest of the task may have some. */
  countBlocked?: Headroom['take'];
}

/** These tasks have no room: another sender has its turn. */
export const toNoHeadroom = (taskIds: ReadonlySet<string>): PlanHeadroom => ({
  take: (taskId, wanted) => (taskIds.has(taskId) ? 0 : wanted),
});
