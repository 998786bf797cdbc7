import type { Logger } from 'pino';
import { type Component, createComponent } from './component';
import { delay } from './delay';

/** What one pass did, by noun: `{offline: 2, reassigned: 40}`. */
export type Counts = Record<string, number>;

/** Whether this replica may do a duty now. Asked before each pass. */
export interface Duty {
  isMine(): Promise<boolean>;
  release(): Promise<void>;
}

export interface SweepOptions {
  name: string;
  intervalMs: number;
  /** One pass. What it throws is logged and ends the pass, never the sweep. */
  sweepOnce: (now: Date) => Promise<Counts | undefined>;
  logger: Logger;
  duty?: Duty;
}

export interface Sweep extends Component {
  /** Asks for a pass now instead of at the end of the interval. Passes never overlap. */
  nudge(): void;
}

/**
 * The loop of every periodic work: a pass, then an interval ±10 % (so that replicas drift apart), until stopped. `stop`
 * waits for the pass under way and gives the duty back.
 */
export function createSweep({ name, intervalMs, sweepOnce, logger, duty }: SweepOptions): Sweep {
  const stopped = new AbortController();
  let wake = new AbortController();
  let loop: Promise<void> = Promise.resolve();

  async function pass() {
    try {
      if (duty && !(await duty.isMine())) return;
      const counts = await sweepOnce(new Date());
      const done = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
      if (done.length > 0) logger.debug({ sweep: name, ...Object.fromEntries(done) }, 'sweep');
    } catch (err) {
      logger.warn({ sweep: name, err }, 'sweep failed');
    }
  }

  async function run() {
    while (!stopped.signal.aborted) {
      const signal = wake.signal;
      await pass();
      await delay(intervalMs * (0.9 + 0.2 * Math.random()), signal);
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
        await loop;
        await duty?.release().catch(() => undefined);
      },
    }),
    nudge() {
      if (!stopped.signal.aborted) wake.abort();
    },
  };
}
