import { setTimeout as delay } from 'node:timers/promises';
import type { Rig } from '../rig/rig';
import type { Workload } from './workload';

/** Looks whether the system continues after faults. */
export interface RecoveryWatch {
  faultBegins(): void;
  /** `halted` where nothing could continue until now: what ended before it is measured from now on, too. */
  faultEnds(options: { halted: boolean }): void;
  /** Of the last fault that has ended, in milliseconds since 1970. */
  readonly lastEnd: number;
  /**
   * In milliseconds, the longest that it took: from any fault's end, or that of an engine's outage around it, until
   * something more is closed or no subtask is left; and from the end of the last of faults that overlap until every
   * process is ready.
   */
  readonly worst: { progress_ms: number; ready_ms: number };
  /** False where the system had not recovered in time. */
  stop(timeoutMs: number): Promise<boolean>;
}

const LOOK_EVERY_MS = 100;

interface EndedFault {
  ended: number;
  /** How much rested at the first look after its end. */
  closed?: number;
}

export function watchRecovery(rig: Rig, workload: Workload): RecoveryWatch {
  const worst = { progress_ms: 0, ready_ms: 0 };
  let active = 0;
  let lastEnd = Date.now();
  let standing: EndedFault[] = [];
  let isReady = true;
  let stopBy: number | undefined;

  async function lookForProgress() {
    const now = [...standing];
    const closed = await rig.database.countClosed(workload.taskIds);
    const isOver = await workload.isOver();
    for (const fault of now) {
      fault.closed ??= closed;
      if (closed <= fault.closed && !isOver) continue;
      worst.progress_ms = Math.max(worst.progress_ms, Date.now() - fault.ended);
      standing = standing.filter((one) => one !== fault);
    }
  }
  async function lookForReadiness() {
    const seen = lastEnd;
    await rig.waitUntilReady(0);
    if (seen !== lastEnd || active > 0) return;
    isReady = true;
    worst.ready_ms = Math.max(worst.ready_ms, Date.now() - lastEnd);
  }
  const isRecovered = () => standing.length === 0 && isReady;
  const watching = (async () => {
    while (stopBy === undefined || (!isRecovered() && Date.now() < stopBy)) {
      if (standing.length > 0) await lookForProgress().catch(() => undefined);
      if (!isReady && active === 0) await lookForReadiness().catch(() => undefined);
      await delay(LOOK_EVERY_MS);
    }
  })();

  return {
    worst,
    faultBegins() {
      active += 1;
      isReady = false;
    },
    faultEnds({ halted }) {
      active -= 1;
      lastEnd = Date.now();
      if (halted) standing = standing.map(() => ({ ended: lastEnd }));
      standing.push({ ended: lastEnd });
    },
    get lastEnd() {
      return lastEnd;
    },
    async stop(timeoutMs) {
      stopBy = Date.now() + timeoutMs;
      await watching;
      return isRecovered();
    },
  };
}
