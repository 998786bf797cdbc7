import { cpus, freemem, totalmem } from 'node:os';

export interface SystemLoad {
  /** Percent of the machine's processors, since the previous sample. */
  cpu_usage: number;
  /** Percent of the machine's memory. */
  memory_usage: number;
}

/** Samples the load of the machine. The first sample covers the time since the sampler was created. */
export function createSystemLoad(): () => SystemLoad {
  let before = sumCpuTimes();
  return () => {
    const now = sumCpuTimes();
    const total = now.total - before.total;
    const busy = total - (now.idle - before.idle);
    before = now;
    return {
      cpu_usage: total > 0 ? toPercent(busy / total) : 0,
      memory_usage: toPercent(1 - freemem() / totalmem()),
    };
  };
}

function sumCpuTimes(): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}

const toPercent = (share: number): number => Math.round(Math.min(Math.max(share, 0), 1) * 1_000) / 10;
