/**
 * A marker is sent again when its age has doubled since the last time: not before this age, and at least this often.
 * After a queue is purged, the lag stands until the next marker is back.
 */
const RESEND_AFTER_MS = 2_000;
const RESEND_WITHIN_MS = 15_000;

export interface MeasuredLag {
  /** When the oldest marker was sent that has not come back. */
  sinceTime: Date;
  lagSeconds: number;
  /** Whether to send a marker now. */
  isDue: boolean;
}

/**
 * How long messages wait in a queue, measured by a marker. When the marker is back, or no marker is known, the next one
 * is due. A marker that is not back is sent again: it may be lost with its queue. One that comes back is enough.
 */
export function measureLag(
  marker: { sinceTime: Date; isBack: boolean } | undefined,
  lastSent: Date | undefined,
  now: Date,
): MeasuredLag {
  if (!marker || marker.isBack) return { sinceTime: now, lagSeconds: 0, isDue: true };
  const { sinceTime } = marker;
  const ageMs = now.getTime() - sinceTime.getTime();
  const lastAgeMs = Math.max(0, (lastSent?.getTime() ?? 0) - sinceTime.getTime());
  return {
    sinceTime,
    lagSeconds: Math.max(0, ageMs) / 1_000,
    isDue: ageMs >= Math.max(RESEND_AFTER_MS, Math.min(2 * lastAgeMs, lastAgeMs + RESEND_WITHIN_MS)),
  };
}
