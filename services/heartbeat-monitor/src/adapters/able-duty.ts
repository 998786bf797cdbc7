import type { Duty } from '@cyberstroll/runtime';

/**
 * A duty for a replica that can do it. It is not asked for while this one cannot: then it is soon another's. The process may stand still
 * while it is asked for, so what `isAble` says counts once more after the answer.
 */
export const toAbleDuty = (duty: Duty, isAble: (now: Date) => boolean): Duty => ({
  ...duty,
  isMine: async () => isAble(new Date()) && (await duty.isMine()) && isAble(new Date()),
});
