/**
 * A hold is written on a task while a rule says that it may begin nothing: a freeze, a blackout, or its own windows.
 * The task keeps its status. Where a hold begins and ends is decided here.
 */
import { type Freeze, type Hold, type Task, toSentence, toWindowText } from '@cyberstroll/contracts';
import { findCovering } from './covering';
import type { CoveredFacts } from './is-covered';
import { findNextOpening, isWindowOpen } from './scan-windows';

/** What of a freeze or a blackout decides. */
export type FreezeRule = Pick<
  Freeze,
  'freeze_id' | 'kind' | 'covers' | 'reason' | 'operator' | 'from' | 'until' | 'running' | 'within'
>;

/** What of a task says whether it is held. */
export type HoldFacts = CoveredFacts & {
  config: Pick<Task['config'], 'pool' | 'windows' | 'at_close'>;
  hold?: Task['hold'];
};

/** Rules that begin one after another are followed this far. */
const MAX_FOLLOWED = 1_000;

/**
 * Whether a rule holds what it covers now: a blackout from its time on, a freeze since it is stored, by whatever clock.
 */
export const isInForce = ({ kind, from, until }: Pick<FreezeRule, 'kind' | 'from' | 'until'>, now: Date): boolean =>
  (kind === 'freeze' || from <= now) && (until === undefined || now < until);

/** The hold that such a rule writes. */
export const toFreezeHold = ({ kind, freeze_id, reason, operator, until, running }: FreezeRule, since: Date): Hold => ({
  code: kind === 'freeze' ? 'frozen' : 'blackout',
  reason,
  since,
  ...(until && { until }),
  freeze_id,
  operator,
  ...(running === 'abort' && { running }),
});

/** Rules in the order in which they are named: freezes first, then what lasts longer. */
export const byRank = (a: FreezeRule, b: FreezeRule): number =>
  Number(a.kind === 'blackout') - Number(b.kind === 'blackout') || toEnd(b) - toEnd(a);
const toEnd = ({ until }: FreezeRule) => until?.getTime() ?? Number.MAX_SAFE_INTEGER;

/**
 * Why the task may begin nothing now. A hold that it has already stays as it is while its rule is the first one. It
 * aborts running scans if any rule says so.
 */
export function findHold(task: HoldFacts, rules: readonly FreezeRule[], now: Date): Hold | undefined {
  const since = task.hold?.since ?? now;
  const holding = findCovering(rules, task)
    .filter((each) => isInForce(each, now))
    .sort(byRank);
  const { windows = [], at_close } = task.config;
  const isClosed = !isWindowOpen(windows, now);
  const aborts =
    task.hold?.running === 'abort' ||
    holding.some(({ running }) => running === 'abort') ||
    (isClosed && at_close === 'abort');
  const running = aborts && { running: 'abort' as const };
  const [rule] = holding;
  if (rule) return { ...toFreezeHold(rule, since), ...running };
  if (!isClosed) return undefined;
  const until = findNextOpening(windows, now);
  const shown = windows.map(toWindowText).join('; ');
  return {
    code: 'outside_window',
    reason: toSentence('may_begin', { windows: shown }),
    since,
    ...(until && { until }),
    ...running,
  };
}

/** Whether a hold says what another one says. */
export const isSameHold = (a: Hold, b: Hold): boolean =>
  a.code === b.code &&
  a.freeze_id === b.freeze_id &&
  a.until?.getTime() === b.until?.getTime() &&
  a.running === b.running &&
  a.reason === b.reason;

/**
 * When nothing holds the task any more, by the rules of today. Undefined: when somebody lifts a freeze, or not soon.
 */
export function findBeginning(task: HoldFacts, rules: readonly FreezeRule[], now: Date): Date | undefined {
  let at: Date | undefined = now;
  for (let followed = 0; at && followed < MAX_FOLLOWED; followed++) {
    const hold = findHold(task, rules, at);
    if (!hold) return at;
    at = hold.until;
  }
  return undefined;
}
