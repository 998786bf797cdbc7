/**
 * The alert rules: which alerts to raise and which to clear, from the readings of now and the alerts that are active.
 *
 * - An alert is raised when its value was at the threshold or above for a while. It is cleared when the value falls
 *   below a share of the threshold. In between nothing changes, so that a value that swings around the threshold raises
 *   one alert, not many.
 * - There is one alert per rule and subject. The alert of a subject that no longer exists is cleared.
 * - An occurrence (kind `occurrence`) is raised by the component that sees it. It is cleared here, when it has not
 *   happened again for a while. If it has a reading, that decides: the alert stays as long as what it is about.
 */
import { type Alert, isOccurrenceRule, toSentence } from '@cyberstroll/contracts';
import type { AlertReading } from './alert-readings';

export type EvaluatedAlert = Pick<Alert, 'alert_id' | 'rule' | 'subject' | 'state' | 'updated_time'>;

/** Readings at their threshold that have no alert yet, and since when, by rule and subject. */
export type PendingReadings = ReadonlyMap<string, { reading: AlertReading; since: Date }>;

export interface HysteresisRules {
  /** An alert is cleared when its value is below this share of the threshold; 0 to 1. */
  clearShare: number;
  /** An occurrence is cleared when it has not happened again for this many milliseconds. */
  quietMs: number;
}

export interface AlertChanges<Active> {
  raise: AlertReading[];
  clear: { alert: Active; reason: string }[];
  /** Open before and after: their readings are shown. */
  stay: { alert: Active; reading: AlertReading }[];
  /** Input of the next evaluation. */
  pending: PendingReadings;
}

const toKey = ({ rule, subject }: { rule: string; subject: string }): string => `${rule} ${subject}`;

export function evaluateRules<Active extends EvaluatedAlert>(
  readings: readonly AlertReading[],
  active: readonly Active[],
  before: PendingReadings,
  { clearShare, quietMs }: HysteresisRules,
  now: Date,
): AlertChanges<Active> {
  const readingOf = new Map(readings.map((reading) => [toKey(reading), reading]));
  const activeKeys = new Set(active.map(toKey));
  // A reading stays pending until its alert is active, since raising it may fail.
  const pending = readings
    .filter(
      (reading) =>
        reading.value >= reading.threshold && !activeKeys.has(toKey(reading)) && !isOccurrenceRule(reading.rule),
    )
    .map((reading) => ({ reading, since: before.get(toKey(reading))?.since ?? now }));
  const evaluated = active.map((alert) => {
    const reading = readingOf.get(toKey(alert));
    return { alert, reading, reason: findClearReason(alert, reading) };
  });
  return {
    raise: pending.filter(({ reading, since }) => elapsedMs(since) >= reading.forMs).map(({ reading }) => reading),
    clear: evaluated.flatMap(({ alert, reason }) => (reason === undefined ? [] : [{ alert, reason }])),
    stay: evaluated.flatMap(({ alert, reading, reason }) =>
      reading && reason === undefined && alert.state !== 'resolved' ? [{ alert, reading }] : [],
    ),
    pending: new Map(pending.map((each) => [toKey(each.reading), each])),
  };

  function elapsedMs(since: Date) {
    return now.getTime() - since.getTime();
  }

  /** Why an alert is cleared; undefined if it stays. */
  function findClearReason({ rule, updated_time }: Active, reading: AlertReading | undefined): string | undefined {
    if (!reading && isOccurrenceRule(rule)) {
      return elapsedMs(updated_time) >= quietMs ? toSentence('not_again') : undefined;
    }
    if (!reading) return toSentence('gone');
    return reading.value < reading.threshold * clearShare ? reading.summary : undefined;
  }
}
