import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine, Log } from '../engines/engine';
import { createMemoryWatch, createRestartWait, type RestartTiming } from './restart-timing';

export interface EngineWatch {
  /**
   * From here on nothing is started again. `end` ends the engines; what a start under way has begun meanwhile is ended
   * too.
   */
  stop(end: () => Promise<void>): Promise<void>;
}

export interface EngineWatchOptions {
  timing: RestartTiming;
  /** Bytes of memory above which an engine is restarted in good order, by name; none has a limit by default. */
  maxBytes?: Partial<Record<Engine['name'], number>>;
  /** Between two looks at its memory, in milliseconds; `createMemoryWatch` decides. */
  lookMs?: number;
  log: Log;
  /** Called whenever an engine starts or ends. */
  onChange(): void;
}

const LOOK_MS = 10_000;

/**
 * Starts each engine that dies again, on its port and data, after a wait that doubles with each quick death. One that
 * its owner stops or kills stays so.
 */
export function keepEngines(
  engines: readonly Engine[],
  { timing, maxBytes = {}, lookMs = LOOK_MS, log, onChange }: EngineWatchOptions,
): EngineWatch {
  const stopping = new AbortController();
  const { signal } = stopping;
  const underWay = new Set<Promise<void>>();
  const wait = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined);

  function track(work: Promise<void>): void {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  }

  function keep(engine: Engine): void {
    const toWaitMs = createRestartWait(timing);
    let startedAt = performance.now();
    engine.onDeath((reason) => track(startAgain(reason)));
    const limit = maxBytes[engine.name];
    if (limit !== undefined) track(watchMemory(limit));

    async function startAgain(reason: string): Promise<void> {
      onChange();
      for (let why = reason; !signal.aborted; ) {
        const waitMs = toWaitMs(performance.now() - startedAt);
        log(`${engine.name} ended (${why}); starting it again in ${waitMs / 1000} s`);
        await wait(waitMs);
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

    async function watchMemory(most: number): Promise<void> {
      const isTooMuch = createMemoryWatch(most);
      for (; !signal.aborted; await wait(lookMs)) {
        const bytes = findResidentBytes(engine.pid);
        if (!isTooMuch(bytes, performance.now())) continue;
        await engine.stop().catch((error: Error) => log(`${engine.name} cannot be stopped: ${error.message}`));
        await startAgain(`stopped: it used ${toMegabytes(bytes)} MB of memory, ${toMegabytes(most)} MB at most`);
      }
    }
  }

  for (const engine of engines) keep(engine);
  return {
    async stop(end) {
      stopping.abort();
      await end();
      await Promise.all(underWay);
      await end();
    },
  };
}

/** What a process has of the machine's memory; 0 where it does not run. */
function findResidentBytes(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

const toMegabytes = (bytes: number): number => Math.round(bytes / 1_000_000);
