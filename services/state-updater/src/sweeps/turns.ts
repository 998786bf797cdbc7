export interface Turns {
  /** There may be something to do: it is done when the next turn is due, at once if it is overdue. */
  schedule(): void;
  /** Waits for the turns under way. No other follows. */
  stop(): Promise<void>;
}

export interface TurnsOptions {
  /** Whether there is something to do. */
  isWanted: () => boolean;
  /** One turn. It must not reject. */
  run: () => Promise<void>;
  /** Milliseconds from the beginning of a turn, which took `tookMs`, to the next one. Default: 0. */
  toIntervalMs?: (tookMs: number) => number;
  /** Turns under way at the same time. Default: 1. */
  atOnce?: number;
}

/** Work in turns, with an interval between them. While there is nothing to do, there is no turn. */
export function createTurns({ isWanted, run, toIntervalMs = () => 0, atOnce = 1 }: TurnsOptions): Turns {
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  async function takeTurn(): Promise<void> {
    const beganAt = performance.now();
    await run();
    dueAt = beganAt + toIntervalMs(performance.now() - beganAt);
  }

  function begin(): void {
    timer = undefined;
    const turn = takeTurn().then(() => {
      running.delete(turn);
      schedule();
    });
    running.add(turn);
    schedule();
  }

  function schedule(): void {
    if (isStopped || timer || running.size >= atOnce || !isWanted()) return;
    timer = setTimeout(begin, Math.max(0, dueAt - performance.now()));
  }

  return {
    schedule,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await Promise.all(running);
    },
  };
}
