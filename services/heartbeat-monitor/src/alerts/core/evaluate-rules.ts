/**
 * The alert rules: what is to be raised and what is over, from how things stand now and which alerts are active.
 *
 * - An alert is raised when its value has stood at the threshold or above for a while, and is over when it has fallen below a share of
 *   the threshold: in between nothing changes, so that a value that swings about the threshold does not raise it again and again.
 * - There is one per rule and subject. A subject that is not there any more is well.
 * - What only happens (kind `occurrence`) is raised by who sees it; it is over here, when it has not happened again for a while.
 */
import { type Alert, isOccurrenceRule } from '@cyberstroll/contracts';
import type { AlertReading } from './alert-reading';

export type ActiveAlert = Pick<Alert, 'alert_id' | 'rule' | 'subject' | 'state' | 'updated_time'>;

/** What stands at its threshold without an alert yet, and since when, by rule and subject. */
export type Pending = ReadonlyMap<string, { reading: AlertReading; since: Date }>;

export interface HysteresisRules {
  /** An alert is over when its value is below this share of the threshold; 0 to 1. */
  clearShare: number;
  /** What only happens is over after so long. */
  quietMs: number;
}

export interface Transitions<Active> {
  raise: AlertReading[];
  clear: { alert: Active; reason: string }[];
  /** Open before and after. */
  stay: { alert: Active; reading: AlertReading }[];
  /** For the next evaluation. */
  pending: Pending;
}

const toKey = ({ rule, subject }: { rule: string; subject: string }): string => `${rule} ${subject}`;

export function evaluateRules<Active extends ActiveAlert>(
  readings: readonly AlertReading[],
  active: readonly Active[],
  pending: Pending,
  { clearShare, quietMs }: HysteresisRules,
  now: Date,
): Transitions<Active> {
  const readingOf = new Map(readings.map((reading) => [toKey(reading), reading]));
  const standing = new Set(active.map(toKey));
  // Kept until they are seen to be active: whoever raises one may fail to.
  const ill = readings
    .filter((reading) => reading.value >= reading.threshold && !standing.has(toKey(reading)))
    .map((reading) => ({ reading, since: pending.get(toKey(reading))?.since ?? now }));
  const judged = active.map((alert) => {
    const reading = readingOf.get(toKey(alert));
    return { alert, reading, reason: findEnd(alert, reading) };
  });
  return {
    raise: ill.filter(({ reading, since }) => elapsedMs(since) >= reading.forMs).map(({ reading }) => reading),
    clear: judged.flatMap(({ alert, reason }) => (reason === undefined ? [] : [{ alert, reason }])),
    stay: judged.flatMap(({ alert, reading, reason }) =>
      reading && reason === undefined && alert.state !== 'resolved' ? [{ alert, reading }] : [],
    ),
    pending: new Map(ill.map((each) => [toKey(each.reading), each])),
  };

  function elapsedMs(since: Date) {
    return now.getTime() - since.getTime();
  }

  /** Why an alert is over, or undefined where it is not. */
  function findEnd({ rule, updated_time }: Active, reading: AlertReading | undefined): string | undefined {
    if (isOccurrenceRule(rule)) return elapsedMs(updated_time) >= quietMs ? 'has not happened again' : undefined;
    if (!reading) return 'is not there any more';
    return reading.value < reading.threshold * clearShare ? reading.summary : undefined;
  }
}
