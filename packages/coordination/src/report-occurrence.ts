import type { OccurrenceRule } from '@cyberstroll/contracts';
import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

/**
 * Raises an alert about something that has just happened. Never rejects: the work that follows must not wait for the
 * alert.
 */
export async function reportOccurrence(
  { store, logger }: { store: Pick<Store, 'alerts'>; logger: Logger },
  { rule, subject, summary }: { rule: OccurrenceRule; subject: string; summary: string },
  operator: string,
  now: Date,
): Promise<void> {
  try {
    await store.alerts.raise({ rule, subject, summary }, operator, now);
  } catch (err) {
    logger.warn({ rule, subject, err }, 'alert not kept');
  }
}
