import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { OPERATOR } from '../operator';

/** Lets receivers hear of what still fires when its silence has ended. */
export async function noteUnsilencedOnce(
  { store, logger }: { store: Pick<Store, 'alerts'>; logger: Logger },
  now: Date,
): Promise<void> {
  const noted = await store.alerts.noteUnsilenced(OPERATOR, now);
  if (noted > 0) logger.info({ noted }, 'alerts whose silence has ended still fire');
}
