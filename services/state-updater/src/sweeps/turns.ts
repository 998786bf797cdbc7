export interface Turns {
  /** There may be something to do: it is done when the next turn is due, at once if it is overdue. */
  schedule(): void;
  /** Waits for the turn under way. No other follows. */
  stop(): Promise<void>;
}

export interface TurnsOptions {
  /** Whether there is something to do. */
  isWanted: () => boolean;
  /** One turn. It must not reject. */
  run: () => Promise<void>;
  /** Milliseconds from the beginning of a turn, which took `tookMs`, to the next one. */
  toIntervalMs: (tookMs: number) => number;
}

/** Work in turns, one at a time, with an interval between them. While there is nothing to do, there is no turn. */
export function createTurns({ isWanted, run, toIntervalMs }: TurnsOptions): Turns {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let dueAt = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  async function takeTurn(): Promise<void> {
    const beganAt = performance.now();
    await run();
    dueAt = beganAt + toIntervalMs(performance.now() - beganAt);
    running = undefined;
    schedule();
  }

  function schedule(): void {
    if (isStopped || timer || running || !isWanted()) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        running = takeTurn();
      },
      Math.max(0, dueAt - performance.now()),
    );
  }

  return {
    schedule,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
