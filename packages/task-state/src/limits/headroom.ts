import type { LimitSender, LimitState } from '@cyberstroll/contracts';
import { type LimitCase, toNextState, toRoom } from './limit-pace';

/** A limit as it stands: a stored one, or that of one task. */
export interface StandingLimit extends LimitCase {
  key: string;
  /** The tasks that it covers, of those that are asked about. */
  tasks: ReadonlySet<string>;
}

/** What may be sent out of limited tasks. A plan takes from it what it sends. */
export interface Headroom {
  /** How many more addresses of the task may be sent out. Where there is no room, the task counts as refused. */
  fit(taskId: string, wanted: number): number;
  take(taskId: string, count: number): void;
  /** What was taken, and is not sent after all. */
  giveBack(taskId: string, count: number): void;
  /** By key of the limit: what the senders that follow must know. Limits under which nothing happened are missing. */
  toStates(): ReadonlyMap<string, LimitState>;
}

/** By task: how many of its addresses were sent out and lost, so that they are sent again. */
export type LostCounts = ReadonlyMap<string, number>;

/** The tightest limit of a task counts. Tasks under one limit share its room. */
export function createHeadroom(
  limits: readonly StandingLimit[],
  sender: LimitSender,
  now: Date,
  lost: LostCounts = new Map(),
): Headroom {
  const headroom = limits.map((limit) => ({
    limit,
    left: toRoom(withoutLost(limit, lost), sender, now),
    sent: 0,
    refused: false,
  }));
  const of = (taskId: string) => headroom.filter(({ limit }) => limit.tasks.has(taskId));
  function move(taskId: string, count: number): void {
    for (const room of of(taskId)) {
      room.left -= count;
      room.sent += count;
    }
  }

  return {
    fit(taskId, wanted) {
      const own = of(taskId);
      for (const room of own) if (room.left < 1) room.refused = true;
      return Math.min(wanted, ...own.map(({ left }) => left));
    },
    take: move,
    giveBack: (taskId, count) => move(taskId, -count),
    toStates: () =>
      new Map(
        headroom
          .filter(({ sent, refused }) => sent > 0 || refused)
          .map(({ limit, sent, refused }) => [limit.key, toNextState(limit, { sender, sent, refused }, now)]),
      ),
  };
}

function withoutLost(limit: StandingLimit, lost: LostCounts): StandingLimit {
  const count = [...lost].reduce((sum, [taskId, of]) => sum + (limit.tasks.has(taskId) ? of : 0), 0);
  return { ...limit, use: { ...limit.use, outstanding: limit.use.outstanding - count } };
}

/** What a plan needs of the headroom. */
export type PlanHeadroom = Pick<Headroom, 'fit' | 'take'>;

/** These tasks have no room: another sender has its turn. */
export const toNoHeadroom = (taskIds: ReadonlySet<string>): PlanHeadroom => ({
  fit: (taskId, wanted) => (taskIds.has(taskId) ? 0 : wanted),
  take: () => undefined,
});
