/**
 * A clock that stops while the process stalls: while it is stopped (SIGSTOP), throttled or swapped out, its
 * virtual machine is paused, or its event loop is blocked. Use this clock for the time-outs of a scan, for two reasons:
 * - After a stall every timer is overdue, and the event loop may run timers before it reads its sockets. An ordinary
 *   time-out then wins over an answer that has waited for seconds, and an open port is reported as closed.
 * - A target is not silent when the process did not listen.
 */
export interface RunClock {
  /** Milliseconds that the process ran, since the first use of the clock. */
  now(): number;
  /** Milliseconds that the process stalled in all. Compare two readings to see whether answers may be lost. */
  stalledMs(): number;
  /**
   * Calls back once, after the process ran for `ms` milliseconds and its sockets were read. Returns a function that
   * cancels the timer.
   */
  startTimer(ms: number, onElapsed: () => void): () => void;
  /** Releases the clock's own timer. */
  stop(): void;
}

const TICK_MS = 50;
/**
 * A longer gap between two ticks is a stall. The clock counts this much of it, so that timers end in a process that
 * stalls all the time.
 */
const LONGEST_GAP_MS = 100;

/** Starts at its first use and keeps no process alive. `monotonicMs` replaces the system's clock in tests. */
export function createRunClock(monotonicMs: () => number = () => performance.now()): RunClock {
  let ticker: NodeJS.Timeout | undefined;
  let lookedAt = 0;
  let ranMs = 0;
  let stalledMs = 0;

  function look() {
    const at = monotonicMs();
    if (ticker) {
      const gap = at - lookedAt;
      ranMs += Math.min(gap, LONGEST_GAP_MS);
      stalledMs += Math.max(gap - LONGEST_GAP_MS, 0);
    } else {
      ticker = setInterval(look, TICK_MS).unref();
    }
    lookedAt = at;
  }

  function now() {
    look();
    return ranMs;
  }

  return {
    now,
    stalledMs() {
      look();
      return stalledMs;
    },
    startTimer(ms, onElapsed) {
      const due = now() + ms;
      let timer = setTimeout(check, ms);
      let turn: NodeJS.Immediate | undefined;

      function check() {
        const restMs = due - now();
        if (restMs >= 1) timer = setTimeout(check, restMs);
        // The first immediate runs after the sockets were read once, the second after the data that followed was read
        // too.
        else turn = setImmediate(() => (turn = setImmediate(onElapsed)));
      }
      return () => {
        clearTimeout(timer);
        clearImmediate(turn);
      };
    },
    stop: () => clearInterval(ticker),
  };
}
