/** A marker is sent once more when it has been on its way for twice as long as at the last time, and so long at least. */
const RESEND_AFTER_MS = 2_000;

export interface MarkerVerdict {
  /** When the oldest marker was sent that is still on its way. */
  sinceTime: Date;
  lagSeconds: number;
  /** Another one is to be sent now. */
  isDue: boolean;
}

/**
 * How far a queue lags behind, from the marker on its way. One that is back, or that nobody knows of, gives way to the next. One that
 * is not back is sent once more, ever more seldom: it may be lost with its queue, and any of them that is back is enough.
 */
export function judgeMarker(
  marker: { sinceTime: Date; isBack: boolean } | undefined,
  lastSent: Date | undefined,
  now: Date,
): MarkerVerdict {
  if (!marker || marker.isBack) return { sinceTime: now, lagSeconds: 0, isDue: true };
  const { sinceTime } = marker;
  const ageMs = now.getTime() - sinceTime.getTime();
  const lastAgeMs = Math.max(0, (lastSent?.getTime() ?? 0) - sinceTime.getTime());
  return {
    sinceTime,
    lagSeconds: Math.max(0, ageMs) / 1_000,
    isDue: ageMs >= Math.max(RESEND_AFTER_MS, 2 * lastAgeMs),
  };
}
