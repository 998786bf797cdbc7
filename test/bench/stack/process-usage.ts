import { readFileSync } from 'node:fs';

export interface ProcessUsage {
  cpu_seconds: number;
  rss_mb: number;
}

/** Ticks per second of /proc: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The fields of /proc/<pid>/stat after the command name, from the third. */
function readStat(pid: number | 'self'): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** CPU seconds of the children of this process that have ended. */
export function readChildSeconds(): number {
  const fields = readStat('self');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/** What a process has used so far, from /proc; nothing where it is gone. */
export function readUsage(pid: number): ProcessUsage {
  try {
    const fields = readStat(pid);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      cpu_seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      rss_mb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024),
    };
  } catch {
    return { cpu_seconds: 0, rss_mb: 0 };
  }
}
