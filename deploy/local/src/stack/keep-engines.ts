import { setTimeout as delay } from 'node:timers/promises';
import type { Engine, Log } from '../engines/engine';
import { createRestartWait, type RestartTiming } from './restart-timing';

export interface EngineKeeper {
  /** From here on nothing is started again. `end` ends the engines; what a start under way has begun meanwhile is ended too. */
  stop(end: () => Promise<void>): Promise<void>;
}

/**
 * Starts each engine that dies again, on its port and data, after a wait that doubles with each quick death. One that its
 * owner stops or kills stays so.
 */
export function keepEngines(
  engines: readonly Engine[],
  { timing, log, onChange }: { timing: RestartTiming; log: Log; onChange(): void },
): EngineKeeper {
  const stopping = new AbortController();
  const { signal } = stopping;
  const restarts = new Set<Promise<void>>();

  for (const engine of engines) {
    const toWaitMs = createRestartWait(timing);
    let startedAt = performance.now();
    engine.onDeath((reason) => {
      const restart = startAgain(reason).finally(() => restarts.delete(restart));
      restarts.add(restart);
    });

    async function startAgain(reason: string): Promise<void> {
      onChange();
      for (let why = reason; !signal.aborted; ) {
        const waitMs = toWaitMs(performance.now() - startedAt);
        log(`${engine.name} ended (${why}); starting it again in ${waitMs / 1000} s`);
        await delay(waitMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        startedAt = performance.now();
        try {
          await engine.start();
          log(`${engine.name} started again (pid ${engine.pid})`);
          return onChange();
        } catch (error) {
          why = (error as Error).message;
        }
      }
    }
  }

  return {
    async stop(end) {
      stopping.abort();
      await end();
      await Promise.all(restarts);
      await end();
    },
  };
}
