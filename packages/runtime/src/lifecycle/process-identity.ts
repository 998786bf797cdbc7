/**
 * Who a recorded process is. A pid alone is reused by the kernel after a while, so every record also holds the start
 * time (field 22 of /proc/<pid>/stat, in clock ticks since boot) and the boot; nothing is ever signalled when they
 * differ.
 */
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot, with the boot's id: two processes never share pid and start_time. */
  start_time: string;
}

/** The identity of a running process, or undefined where there is no such process. */
export function findProcessIdentity(pid: number): ProcessIdentity | undefined {
  try {
    const ticks = findStartTicks(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return ticks === undefined ? undefined : { pid, start_time: `${bootId()}:${ticks}` };
  } catch (error) {
    // No other error says that the process is gone.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/**
 * When the process of this /proc/<pid>/stat was started; undefined when it is gone. A zombie is once its last thread
 * is: until then what it listened on is still taken.
 */
export function findStartTicks(stat: string): string | undefined {
  // The command name stands in brackets and may itself hold blanks and brackets: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, threads] = [fields[0], Number(fields[17])];
  return (state === 'Z' || state === 'X') && threads <= 1 ? undefined : fields[19];
}

/** Whether exactly the recorded process still runs. */
export function isAlive(recorded: ProcessIdentity): boolean {
  return findProcessIdentity(recorded.pid)?.start_time === recorded.start_time;
}

/** The identity of this process. */
export function getOwnIdentity(): ProcessIdentity {
  const own = findProcessIdentity(process.pid);
  if (!own) throw new Error('/proc is not readable: the local stack needs Linux');
  return own;
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
}
