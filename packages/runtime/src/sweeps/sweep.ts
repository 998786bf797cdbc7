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
  /**
   * The interval after a pass that resolved with undefined: it found nothing to work on. A function is asked after the
   * pass. Default: `intervalMs`.
   */
  idleMs?: number | (() => number);
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
   * Says that there may be work: an idle wait lasts no longer than `intervalMs`, and none follows the pass under way.
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
/** A pass that lasts longer hangs: its bounds are counts and times, far below. */
const HANGS_AFTER_MS = 300_000;
/**
 * Waits of this length or more end at a beat of the clock of the process, so that all its sweeps wake it at once. Each
 * time that an idle process is woken costs about as much as the work that it then finds.
 */
const BEAT_MS = 1_000;
/** A timer may end a moment early. A second wait for the rest would wake the process again. */
const EARLY_MS = 5;

/** ±10 %. */
const spread = (ms: number): number => ms * (0.9 + 0.2 * Math.random());

/**
 * When an interval that begins now ends: a long one at a multiple of itself on the clock of the process, though not
 * within half a beat, so that sweeps of one interval pass at once and share what they ask for. A short one is ±10 %
 * long, so that replicas drift apart; the clocks of two processes differ anyway.
 */
function toEnd(ms: number): number {
  const now = performance.now();
  if (ms < BEAT_MS) return now + spread(ms);
  return Math.max(Math.floor((now + ms + EARLY_MS) / ms) * ms, Math.round(now / BEAT_MS + 1) * BEAT_MS);
}

/** The last beat that is no more than `ms` from now. */
const toBeatWithin = (ms: number): number => Math.floor((performance.now() + ms + EARLY_MS) / BEAT_MS) * BEAT_MS;

/**
 * The loop of all periodic work: a pass, then an interval, until stopped. A new
 * leader runs its first pass at once. `stop` waits for the running pass and releases the leadership. It does not wait
 * for ever: a pass may wait for something that is stopped later, such as the confirms of a broker that is unavailable.
 */
export function createSweep({
  name,
  intervalMs,
  idleMs = intervalMs,
  sweepOnce,
  logger,
  leadership,
  observer,
  stopWithinMs = STOP_WITHIN_MS,
}: SweepOptions): Sweep {
  const stopped = new AbortController();
  let wake = new AbortController();
  let isIdle = false;
  let mayHaveWork = false;
  /** When the next pass is due, and when it is due if there is work, on the clock of `performance`. */
  let passAtMs = 0;
  let workAtMs = 0;
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

  /** Also sets when the next pass is due. */
  async function pass(): Promise<void> {
    isIdle = false;
    mayHaveWork = false;
    const beganAtMs = performance.now();
    const stopKeeping = leadership && keepLeadership();
    try {
      const counts = await sweepOnce(new Date());
      observer?.passed(name, (performance.now() - beganAtMs) / 1_000, counts ?? {});
      const done = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
      if (done.length > 0) logger.debug({ sweep: name, ...Object.fromEntries(done) }, 'sweep');
      isIdle = counts === undefined && !mayHaveWork;
    } catch (err) {
      observer?.failed(name);
      logFailure(logger, { sweep: name, err }, 'sweep failed');
    } finally {
      await stopKeeping?.();
    }
    workAtMs = toEnd(intervalMs);
    passAtMs = isIdle ? toEnd(Math.max(typeof idleMs === 'number' ? idleMs : idleMs(), intervalMs)) : workAtMs;
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

  async function run() {
    let isDue = true;
    while (!stopped.signal.aborted) {
      const signal = wake.signal;
      if (!(await isLeader())) {
        isDue = true;
      } else if (isDue || performance.now() >= passAtMs - EARLY_MS) {
        await pass();
        isDue = false;
      }
      const nextAtMs = isDue ? toEnd(intervalMs) : passAtMs;
      const askAtMs = leadership ? toBeatWithin(isDue ? ASK_MS : KEEP_MS) : nextAtMs;
      await delay(Math.min(nextAtMs, askAtMs) - performance.now(), signal);
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
      if (!isIdle || stopped.signal.aborted) return;
      isIdle = false;
      passAtMs = Math.min(passAtMs, workAtMs);
      wake.abort('there may be work');
    },
  };
}
