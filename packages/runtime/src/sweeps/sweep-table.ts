/** The sweeps of a service as data: its README lists them from here. */
import type { Logger } from 'pino';
import { createSweep, type Leadership, type Sweep, type SweepObserver, type SweepOptions } from './sweep';

export interface SweepRow {
  /** Milliseconds from pass to pass, or the variable of the configuration that has them. */
  readonly every: number | string;
  /** The same after a pass that found nothing. An event ends the wait. Default: `every`. */
  readonly idle?: number | string;
  /** What the leader that runs it must have. Default: every replica runs it. */
  readonly leader?: string;
  /** It looks at unsettled tasks alone: without one it waits longer, until the event of a task. */
  readonly overUnsettled?: boolean;
  /** What it does, in Markdown. */
  readonly does: string;
}

export type SweepTable = Readonly<Record<string, SweepRow>>;

export interface SweepDeps<Name extends string> {
  config: object;
  /** One pass of each. A sweep without one is left out. */
  passes: Record<Name, SweepOptions['sweepOnce'] | undefined>;
  /** By what the leader must have. */
  leaderships?: Readonly<Record<string, () => Leadership>>;
  /** Whether a task is unsettled. */
  hasUnsettled?: () => Promise<boolean>;
  logger: Logger;
  observer: SweepObserver;
}

export function createSweeps<Name extends string>(
  table: Readonly<Record<Name, SweepRow>>,
  { config, passes, leaderships = {}, hasUnsettled, logger, observer }: SweepDeps<Name>,
): Sweep[] {
  const toMs = (time: number | string): number =>
    typeof time === 'number' ? time : (config as Record<string, number>)[time]!;
  return (Object.entries(table) as [Name, SweepRow][]).flatMap(
    ([name, { every, idle = every, leader, overUnsettled }]) => {
      const sweepOnce = passes[name];
      if (!sweepOnce) return [];
      return createSweep({
        name,
        intervalMs: toMs(every),
        idleMs: toMs(idle),
        hasWork: overUnsettled ? hasUnsettled : undefined,
        sweepOnce,
        ...(leader && { leadership: leaderships[leader]!() }),
        logger,
        observer,
      });
    },
  );
}
