import type { SubTaskTransition } from '@cyberstroll/contracts';
import { type Component, createComponent, type Logger, logFailure, within } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createNodeTally } from '@cyberstroll/task-state';
import { createTurns } from './turns';

/** Milliseconds between two writes at least. */
const WRITE_INTERVAL_MS = 10_000;
const STOP_WITHIN_MS = 1_000;

export interface NodeCounter extends Component {
  countClosed(transitions: readonly SubTaskTransition[], now: Date): void;
}

/**
 * Counts what each node closes, beside the truth: after the commit, in memory, and written from time to time. Figures
 * of nodes are worth no write per update, so what a killed updater has not written yet is missing in them.
 */
export function createNodeCounter({
  store,
  logger,
}: {
  store: Pick<Store, 'nodeCounts'>;
  logger: Logger;
}): NodeCounter {
  const tally = createNodeTally();
  const turns = createTurns({ isWanted: tally.hasChanged, run: write, toIntervalMs: () => WRITE_INTERVAL_MS });

  async function write(): Promise<void> {
    const taken = tally.takeChanged(new Date());
    try {
      for (const counts of taken) await store.nodeCounts.put(counts);
    } catch (err) {
      tally.putBack(taken);
      logFailure(logger, { intervals: taken.length, err }, 'counts of nodes were not written');
    }
  }

  return {
    ...createComponent('node-counter', {
      async stop() {
        const last = turns.stop().then(() => (tally.hasChanged() ? write() : undefined));
        await within(last, STOP_WITHIN_MS, () => new Error('no answer from MongoDB')).catch((err: unknown) =>
          logger.warn({ err }, 'stopped before the last counts of nodes'),
        );
      },
    }),
    countClosed(transitions, now) {
      tally.add(transitions, now);
      turns.schedule();
    },
  };
}
