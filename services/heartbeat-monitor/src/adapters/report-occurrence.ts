import type { OccurrenceRule } from '@cyberstroll/contracts';
import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { OPERATOR } from './announce';

/** Keeps an alert of what has just happened. Never rejects: what is to be done about it must not wait for it. */
export async function reportOccurrence(
  { store, logger }: { store: Store; logger: Logger },
  { rule, subject, summary }: { rule: OccurrenceRule; subject: string; summary: string },
  now: Date,
): Promise<void> {
  try {
    await store.alerts.raise({ rule, subject, summary }, OPERATOR, now);
  } catch (err) {
    logger.warn({ rule, subject, err }, 'alert not kept');
  }
}
