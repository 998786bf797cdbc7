import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from '@cyberstroll/runtime';

export interface StopOptions {
  /** How long after SIGTERM to send SIGKILL, in milliseconds; 0 sends SIGKILL at once. */
  graceMs: number;
  /** Also SIGKILL what is left of the process group that the process leads. */
  group?: boolean;
}

/**
 * Ends one process by its recorded identity and resolves when it is gone, with the signal that did it; `none` when it
 * was gone already. Signals nothing when the pid now belongs to another process.
 */
export async function stopProcess(
  recorded: ProcessIdentity,
  { graceMs, group = false }: StopOptions,
): Promise<'none' | 'SIGTERM' | 'SIGKILL'> {
  if (!isAlive(recorded)) return 'none';
  if (graceMs > 0) {
    send(recorded.pid, 'SIGTERM');
    if (await isGoneWithin(recorded, graceMs)) return 'SIGTERM';
  }
  send(group ? -recorded.pid : recorded.pid, 'SIGKILL');
  if (!(await isGoneWithin(recorded, 10_000))) throw new Error(`process ${recorded.pid} does not end`);
  return 'SIGKILL';
}

async function isGoneWithin(recorded: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(recorded)) {
    if (performance.now() > deadline) return false;
    await delay(10);
  }
  return true;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
