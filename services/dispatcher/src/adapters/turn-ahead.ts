import type { LimitTurn, LimitTurns } from '@cyberstroll/coordination';
import { createComponent } from '@cyberstroll/runtime';
import type { LimitedTask } from '@cyberstroll/store';

/** A turn that ends sooner than this is not begun with, in milliseconds. */
const LEAST_MS = 2_000;

export interface HeldTurn extends LimitTurn {
  /** The tasks that it was taken for. */
  taskIds: ReadonlySet<string>;
}

/**
 * Takes the turn under the limits while passes continue, because that takes many reads: what is not limited never waits
 * for what is. The next pass has the turn.
 */
export function createTurnAhead({
  limits,
  onError,
}: {
  limits: Pick<LimitTurns, 'take'>;
  onError: (err: unknown) => void;
}) {
  let ready: HeldTurn | undefined;
  let taking: Promise<void> | undefined;

  async function takeTurn(tasks: readonly LimitedTask[]): Promise<void> {
    try {
      const turn = await limits.take(tasks);
      if (turn) ready = { ...turn, taskIds: new Set(tasks.map(({ task_id }) => task_id)) };
    } catch (err) {
      onError(err);
    }
  }

  return {
    ...createComponent('limit-turn', {
      async stop() {
        await taking;
        await ready?.end();
      },
    }),
    /** Begins to take a turn for these tasks, unless one is ready or being taken. */
    ask(tasks: readonly LimitedTask[]): void {
      if (ready || taking || tasks.length === 0) return;
      taking = takeTurn(tasks).finally(() => {
        taking = undefined;
      });
    },
    /** The turn that is ready: the caller ends it. */
    async take(): Promise<HeldTurn | undefined> {
      const turn = ready;
      ready = undefined;
      if (!turn || turn.leftMs() >= LEAST_MS) return turn;
      await turn.end();
      return undefined;
    },
  };
}
