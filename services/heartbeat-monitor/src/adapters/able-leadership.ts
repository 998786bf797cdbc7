import type { Leadership } from '@cyberstroll/runtime';

/**
 * Leadership only while this replica is able to lead. A replica that is not able does not ask for the leadership, so
 * that soon another one leads. The process may stall while it asks, so `isAble` is checked again after the
 * answer.
 */
export const toAbleLeadership = (leadership: Leadership, isAble: (now: Date) => boolean): Leadership => ({
  ...leadership,
  isLeader: async () => isAble(new Date()) && (await leadership.isLeader()) && isAble(new Date()),
});
