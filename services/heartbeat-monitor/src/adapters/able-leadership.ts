import type { Leadership } from '@cyberstroll/runtime';

/**
 * Leadership for a replica that is able to lead. While it is not, it does not ask, and soon another replica leads. The process may stand still
 * while it is asked for, so what `isAble` says counts once more after the answer.
 */
export const toAbleLeadership = (leadership: Leadership, isAble: (now: Date) => boolean): Leadership => ({
  ...leadership,
  isLeader: async () => isAble(new Date()) && (await leadership.isLeader()) && isAble(new Date()),
});
