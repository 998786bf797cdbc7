/**
 * One process that belongs to us alone: its own process group, log file and directory, and a record of who it is, so
 * that a later run can find and end what a crash left behind. The caller of `start` owns it. A directory has one owner
 * at a time.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProcessIdentity, getOwnIdentity, isAlive, type ProcessIdentity } from '@cyberstroll/runtime';
import { spawnLogged } from '../spawn-logged';
import { stopProcess } from '../stop-process';

export interface PrivateProcessOptions {
  name: string;
  /** Holds the process's log, its record and its data; the working directory and HOME of the process. */
  dir: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** One try at the server's own protocol; rejects while it is not ready. */
  isReady(): Promise<unknown>;
  readyTimeoutMs: number;
  stopGraceMs: number;
}

export interface PrivateProcess {
  readonly pid: number | undefined;
  /** Resolves when the process answers; rejects with the end of its log when it exits or does not answer in time. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL, as a power cut would end it. Its data stay. */
  kill(): Promise<void>;
  /** Called with the reason whenever the process, once it has answered, ends without `stop` or `kill`. */
  onDeath(listener: (reason: string) => void): void;
}

interface ProcessRecord {
  name: string;
  process: ProcessIdentity;
  owner: ProcessIdentity;
}

export function createPrivateProcess(options: PrivateProcessOptions): PrivateProcess {
  const logFile = join(options.dir, `${options.name}.log`);
  const recordFile = join(options.dir, `${options.name}.process.json`);
  let running: ProcessIdentity | undefined;
  const deathListeners: ((reason: string) => void)[] = [];

  let ending = false;

  async function end(graceMs: number): Promise<void> {
    if (!running) return;
    ending = true;
    try {
      await stopProcess(running, { graceMs, group: true });
      running = undefined;
      rmSync(recordFile, { force: true });
    } finally {
      ending = false;
    }
  }

  function watchForDeath(process: ProcessIdentity | undefined, exit: Promise<string>): void {
    void exit.then((reason) => {
      if (ending || running !== process) return;
      running = undefined;
      for (const listener of deathListeners) listener(reason);
    });
  }

  return {
    get pid() {
      return running?.pid;
    },
    async start() {
      if (running && isAlive(running)) return;
      mkdirSync(options.dir, { recursive: true });
      await endLeftover(recordFile);
      const child = spawnLogged(options.command, options.args, logFile, {
        cwd: options.dir,
        env: { PATH: process.env.PATH, HOME: options.dir, LANG: 'C.UTF-8', ...options.env },
      });
      const exit = whenExited(child);
      running = child.pid === undefined ? undefined : findProcessIdentity(child.pid);
      if (running) {
        const record: ProcessRecord = { name: options.name, process: running, owner: getOwnIdentity() };
        writeFileSync(recordFile, JSON.stringify(record));
      }
      try {
        await waitUntilReady(options, exit);
      } catch (error) {
        await end(0);
        throw new Error(`${options.name}: ${(error as Error).message}\n${readTail(logFile)}`);
      }
      watchForDeath(running, exit);
    },
    stop: () => end(options.stopGraceMs),
    kill: () => end(0),
    onDeath: (listener) => deathListeners.push(listener),
  };
}

/** Ends the process that a crashed owner left in a directory. Throws when its owner still lives. */
export async function endLeftover(recordFile: string): Promise<void> {
  let record: ProcessRecord;
  try {
    record = JSON.parse(readFileSync(recordFile, 'utf8')) as ProcessRecord;
  } catch {
    return;
  }
  if (isAlive(record.process)) {
    if (record.owner.pid !== process.pid && isAlive(record.owner)) {
      throw new Error(`${record.name} (pid ${record.process.pid}) is in use by process ${record.owner.pid}`);
    }
    await stopProcess(record.process, { graceMs: 5_000, group: true });
  }
  rmSync(recordFile, { force: true });
}

/** The last lines of a log, for an error message. */
export function readTail(logFile: string, lines = 25): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}

function whenExited(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

async function waitUntilReady(options: PrivateProcessOptions, exit: Promise<string>): Promise<void> {
  let ended: string | undefined;
  void exit.then((reason) => {
    ended = reason;
  });
  const deadline = performance.now() + options.readyTimeoutMs;
  for (;;) {
    try {
      await within(options.isReady(), 10_000);
      return;
    } catch (error) {
      if (ended) throw new Error(`ended while starting (${ended})`);
      if (performance.now() > deadline) {
        throw new Error(`does not answer after ${options.readyTimeoutMs} ms: ${(error as Error).message}`);
      }
    }
    await delay(50);
  }
}

/** A try that hangs (a server that accepts and then says nothing) is a failed try. */
async function within(attempt: Promise<unknown>, timeoutMs: number): Promise<void> {
  const timeout = new AbortController();
  const overdue = delay(timeoutMs, undefined, { signal: timeout.signal }).then(
    () => Promise.reject(new Error('no answer')),
    () => {},
  );
  try {
    await Promise.race([attempt, overdue]);
  } finally {
    timeout.abort();
  }
}
