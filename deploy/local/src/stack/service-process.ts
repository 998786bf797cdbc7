/**
 * One replica of a service as a process of its own, kept alive: when it ends and nobody has stopped it, it is started
 * again after a wait that doubles with each quick death. Its port and instance name stay the same.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { findProcessIdentity, type ProcessIdentity } from '@cyberstroll/runtime';
import type { Log } from '../engines/engine';
import { readTail } from '../engines/private-process';
import { spawnLogged } from '../spawn-logged';
import { stopProcess } from '../stop-process';
import { createRestartWait, type RestartTiming } from './restart-timing';

/**
 * As in the image: stack traces name the lines of the sources, and new objects have 8 MB (of 16 by default) before the
 * garbage collector looks at them. A busy process then takes 10 to 20 MB less.
 */
export const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=8'];
/** As in the image: one arena of malloc instead of one for each thread. */
export const NODE_ENVIRONMENT = { MALLOC_ARENA_MAX: '1' };

/** Between two looks whether it is ready. The processes of a stack start side by side, and each look costs them all. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 200;

export interface ServiceProcessOptions {
  name: string;
  instance: string;
  script: string;
  environment: Record<string, string | undefined>;
  /** Beside NODE_FLAGS. */
  nodeFlags?: readonly string[];
  logFile: string;
  readyUrl: string;
  timing: RestartTiming;
  log: Log;
  /** Called whenever a process starts or ends. */
  onChange(): void;
}

export interface ServiceProcess {
  readonly name: string;
  readonly instance: string;
  readonly health_url: string;
  /** Absent between a death and the next start. */
  readonly identity: ProcessIdentity | undefined;
  /** Also after a stop. */
  start(): void;
  /**
   * Resolves once `/readyz` says `ok`: it has all that it needs and uses. Rejects, with the end of the log, when that
   * does not come in time, or after a stop.
   */
  waitUntilReady(timeoutMs: number): Promise<void>;
  /** SIGTERM, then SIGKILL after `graceMs`; no more restarts. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL, as a crash would end it: it is started again. */
  kill(): Promise<void>;
}

export function createServiceProcess(options: ServiceProcessOptions): ServiceProcess {
  const { name, instance, script, environment, nodeFlags = [], logFile, readyUrl, timing, log, onChange } = options;
  let identity: ProcessIdentity | undefined;
  let stopping = false;
  const toWaitMs = createRestartWait(timing);
  let restart: NodeJS.Timeout | undefined;
  let ended: Promise<unknown> = Promise.resolve();

  function start(): void {
    if (identity) return;
    stopping = false;
    clearTimeout(restart);
    const startedAt = performance.now();
    const child = spawnLogged(process.execPath, [...NODE_FLAGS, ...nodeFlags, script], logFile, {
      env: { ...NODE_ENVIRONMENT, ...environment },
    });
    identity = child.pid === undefined ? undefined : findProcessIdentity(child.pid);
    onChange();
    const onEnd = (reason: string) => {
      identity = undefined;
      onChange();
      if (stopping) return;
      const waitMs = toWaitMs(performance.now() - startedAt);
      log(`${instance} ended (${reason}); starting it again in ${waitMs / 1000} s`);
      restart = setTimeout(() => {
        start();
        log(`${instance} started again${identity ? ` (pid ${identity.pid})` : ''}`);
      }, waitMs);
    };
    ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    }).then(onEnd);
  }

  return {
    name,
    instance,
    health_url: readyUrl,
    get identity() {
      return identity;
    },
    start,
    async waitUntilReady(timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      let answer = 'no answer';
      let pauseMs = FIRST_PAUSE_MS;
      while (!stopping && performance.now() < deadline) {
        try {
          const response = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) });
          const body = await response.text();
          answer = `${response.status} ${body}`;
          if (identity && JSON.parse(body).status === 'ok') return;
        } catch (error) {
          answer = String((error as Error).cause ?? error);
        }
        await delay(pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
      const state = stopping
        ? 'was stopped before it was ready'
        : `is not ready after ${timeoutMs / 1000} s (${answer})`;
      throw new Error(`${instance} ${state}\n${readTail(logFile)}`);
    },
    async stop(graceMs) {
      stopping = true;
      clearTimeout(restart);
      if (!identity) return;
      const signal = await stopProcess(identity, { graceMs, group: true });
      await ended;
      if (graceMs > 0 && signal === 'SIGKILL')
        log(`${instance} did not stop within ${graceMs / 1000} s and was killed`);
    },
    async kill() {
      if (identity) await stopProcess(identity, { graceMs: 0, group: true });
    },
  };
}
