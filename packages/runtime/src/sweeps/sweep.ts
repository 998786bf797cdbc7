import type { Logger } from 'pino';
import { type Component, createComponent } from '../lifecycle/component';
import { logFailure } from '../logs/log-failure';
import { delay, within } from '../timers';

/** What one pass did, by noun: `{offline: 2, reassigned: 40}`. */
export type Counts = Record<string, number>;

/** Whether this replica is the leader of a sweep now. Asked before each pass, and during a long one. */
export interface Leadership {
  isLeader(): Promise<boolean>;
  /** Leaves the leadership to another replica for a while: a pass of this one does not end. */
  standBack(): void;
  release(): Promise<void>;
}

/** Called with the result of each pass, for the metrics. */
export interface SweepObserver {
  leaderAsked(sweep: string, isLeader: boolean): void;
  passed(sweep: string, durationSeconds: number, counts: Counts): void;
  failed(sweep: string): void;
}

export interface SweepOptions {
  name: string;
  intervalMs: number;
  /** The interval after a pass that resolved with undefined: it found nothing to work on. Default: `intervalMs`. */
  idleMs?: number;
  /** Asked before each pass. Without work the pass is left out, and the next one is 5 s later. Default: always. */
  hasWork?: (() => Promise<boolean>) | undefined;
  /** One pass. If it throws, the error is logged (`logFailure`) and the pass ends. The sweep continues. */
  sweepOnce: (now: Date) => Promise<Counts | undefined>;
  logger: Logger;
  leadership?: Leadership;
  observer?: SweepObserver;
  /** How long `stop` waits for the pass under way, in milliseconds; default 5 s. */
  stopWithinMs?: number;
}

export interface Sweep extends Component {
  /**
   * Says that there may be work: an idle wait lasts no longer than `intervalMs`, and none follows the pass
   * under way.
   */
  endIdleWait(): void;
}

/**
 * The longest time between two requests for the leadership, even if passes are rare: so that a dead leader is replaced
 * soon, …
 */
const ASK_MS = 1_000;
/** … and that a leader keeps it. */
const KEEP_MS = 2_000;
const STOP_WITHIN_MS = 5_000;
const WITHOUT_WORK_MS = 5_000;
/** A pass that lasts longer hangs: its bounds are counts and times, far below. */
const HANGS_AFTER_MS = 300_000;
/** An interval is ±10 % long, so that replicas drift apart. */
const toDrift = (): number => 0.9 + 0.2 * Math.random();

/**
 * The loop of all periodic work: a pass, then an interval, until stopped. A new leader runs its first pass at once.
 * After a pass that found nothing the interval is longer, until an event says that there may be work. `stop` waits for
 * the running pass and releases the leadership. It does not wait for ever: a pass may wait for something that is
 * stopped later, such as the confirms of a broker that is unavailable.
 */
export function createSweep({
  name,
  intervalMs,
  idleMs = intervalMs,
  hasWork = async () => true,
  sweepOnce,
  logger,
  leadership,
  observer,
  stopWithinMs = STOP_WITHIN_MS,
}: SweepOptions): Sweep {
  const stopped = new AbortController();
  let wake = new AbortController();
  /** From the end of one pass to the next one. */
  let waitMs = intervalMs;
  let mayHaveWork = false;
  /** On the clock of `performance`. */
  let endedAtMs = 0;
  let drift = 1;
  let loop: Promise<void> = Promise.resolve();

  /**
   * Keeps the leadership during a pass. Otherwise the lease could expire, and another replica would run the sweep too.
   * A pass that hangs gives it away. Call the returned function at the end of the pass.
   */
  function keepLeadership(): () => Promise<unknown> {
    const beganAtMs = performance.now();
    let asking: Promise<unknown> | undefined;
    const timer = setInterval(() => {
      if (performance.now() - beganAtMs < HANGS_AFTER_MS) {
        asking ??= isLeader().finally(() => {
          asking = undefined;
        });
        return;
      }
      clearInterval(timer);
      leadership?.standBack();
      observer?.leaderAsked(name, false);
      logger.warn({ sweep: name }, 'pass does not end: another replica is to lead');
    }, KEEP_MS);
    return async () => {
      clearInterval(timer);
      await asking;
    };
  }

  async function pass(): Promise<void> {
    waitMs = intervalMs;
    mayHaveWork = false;
    const beganAtMs = performance.now();
    const stopKeeping = leadership && keepLeadership();
    try {
      const isWork = await hasWork();
      const counts = isWork ? await sweepOnce(new Date()) : undefined;
      observer?.passed(name, (performance.now() - beganAtMs) / 1_000, counts ?? {});
      const done = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
      if (done.length > 0) logger.debug({ sweep: name, ...Object.fromEntries(done) }, 'sweep');
      if (counts === undefined && !mayHaveWork) waitMs = Math.max(isWork ? idleMs : WITHOUT_WORK_MS, intervalMs);
    } catch (err) {
      observer?.failed(name);
      logFailure(logger, { sweep: name, err }, 'sweep failed');
    } finally {
      await stopKeeping?.();
    }
    endedAtMs = performance.now();
    drift = toDrift();
  }

  async function isLeader(): Promise<boolean> {
    if (!leadership) return true;
    try {
      const answer = await leadership.isLeader();
      observer?.leaderAsked(name, answer);
      return answer;
    } catch (err) {
      observer?.leaderAsked(name, false);
      observer?.failed(name);
      logFailure(logger, { sweep: name, err }, 'sweep failed');
      return false;
    }
  }

  const toLeftMs = () => endedAtMs + drift * waitMs - performance.now();

  async function run() {
    let isNew = true;
    while (!stopped.signal.aborted) {
      const signal = wake.signal;
      const leads = await isLeader();
      if (!leads) isNew = true;
      else if (isNew || toLeftMs() <= 0) {
        await pass();
        isNew = false;
      }
      const leftMs = leads ? toLeftMs() : intervalMs;
      await delay(leadership ? Math.min(leftMs, leads ? KEEP_MS : ASK_MS) : leftMs, signal);
      if (wake.signal === signal && signal.aborted) wake = new AbortController();
    }
  }

  return {
    ...createComponent(name, {
      start() {
        loop = run();
      },
      async stop() {
        stopped.abort();
        wake.abort();
        const ended = loop.then(() => leadership?.release().catch(() => undefined));
        await within(ended, stopWithinMs, () => new Error('the pass did not end in time')).catch((err: unknown) =>
          logger.warn({ sweep: name, err }, 'stopped before its pass ended'),
        );
      },
    }),
    endIdleWait() {
      mayHaveWork = true;
      if (waitMs === intervalMs || stopped.signal.aborted) return;
      waitMs = intervalMs;
      wake.abort('there may be work');
    },
  };
}
