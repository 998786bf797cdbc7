import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { OPERATOR } from '../operator';

/** The sweep that lets receivers hear of what still fires when its silence has ended. */
export const createUnsilencedSweep = ({ store, logger }: { store: Pick<Store, 'alerts'>; logger: Logger }) =>
  async function noteUnsilencedOnce(now: Date): Promise<Counts | undefined> {
    const { noted, isAny } = await store.alerts.noteUnsilenced(OPERATOR, now);
    if (noted > 0) logger.info({ noted }, 'alerts whose silence has ended still fire');
    return isAny ? { noted } : undefined;
  };
