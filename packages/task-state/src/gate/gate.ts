/**
 * The gate: whether a scan of an address of a task may begin at a moment, and until when; or why not, and until when.
 * All rules of when and where are asked here, and nowhere else: pause, freezes, blackouts, windows, exclusions, limits.
 * The dispatcher asks before it sends, from what is stored; the API asks for waiting reasons, estimates and dry runs.
 * So no other process has to have run before.
 */
import type { Hold, HoldCode, Task } from '@cyberstroll/contracts';
import { findCovering } from './covering';
import { type FreezeRule, findHold, type HoldFacts } from './hold';
import { findNextClosing } from './scan-windows';

/** What of a task the gate asks. */
export type GateFacts = HoldFacts & Pick<Task, 'status'>;

/** When an address is excluded, now or later. */
export interface AddressExclusion {
  /** Of one that is in force: when it ends, if it does. */
  until?: Date | undefined;
  /** Of one that is not: when it begins. */
  from?: Date | undefined;
}

export interface GateRules {
  /** Freezes and blackouts that are not over. */
  freezes: readonly FreezeRule[];
  /** What excludes the address that is asked about. */
  exclusions?: readonly AddressExclusion[] | undefined;
  /** Whether a limit has no room for it now, and until when that is so for certain. */
  full?: { until?: Date | undefined } | undefined;
}

export type GateCause = 'paused' | HoldCode | 'excluded' | 'limit';

export type GateAnswer =
  /** `until`: from then on it may not begin any more. Absent: no rule of today ends it. */
  | { mayBegin: true; until?: Date | undefined }
  /** `until`: the gate opens no earlier. Absent: nobody knows. */
  | { mayBegin: false; cause: GateCause; until?: Date | undefined; hold?: Hold };

export function askGate(task: GateFacts, { freezes, exclusions = [], full }: GateRules, now: Date): GateAnswer {
  if (task.status === 'PAUSED') return { mayBegin: false, cause: 'paused' };
  const hold = findHold(task, freezes, now);
  if (hold) return { mayBegin: false, cause: hold.code, until: hold.until, hold };
  const excluding = exclusions.find(({ from }) => from === undefined || from <= now);
  if (excluding) return { mayBegin: false, cause: 'excluded', until: excluding.until };
  if (full) return { mayBegin: false, cause: 'limit', until: full.until };
  return { mayBegin: true, until: findClosing(task, freezes, exclusions, now) };
}

/** When the first rule begins that keeps it from beginning. */
function findClosing(
  task: HoldFacts,
  freezes: readonly FreezeRule[],
  exclusions: readonly AddressExclusion[],
  now: Date,
): Date | undefined {
  const times = [
    findNextClosing(task.config.windows ?? [], now),
    ...findCovering(freezes, task).map(({ from }) => (from > now ? from : undefined)),
    ...exclusions.map(({ from }) => from),
  ];
  return times.reduce((first, time) => (time && (!first || time < first) ? time : first), undefined);
}
