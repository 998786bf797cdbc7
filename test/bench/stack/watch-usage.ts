import type { Stack } from '@cyberstroll/local';
import { readUsage } from './process-usage';

export interface Usage {
  /** The share of one core that the processes of each service and each backing service took. */
  cores: Record<string, number>;
  /** The highest of each service's processes. */
  rss_mb: Record<string, number>;
  /** CPU of the services and nodes together, without the backing services. */
  services_cpu_seconds: number;
}

const SAMPLE_MS = 250;

/** Watches all processes of a stack until `stop`, which says what they used since. */
export function watchUsage(stack: Stack): { stop(): Usage } {
  const named = (all: readonly { name: string; pid: number | undefined }[]) =>
    all.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
  const services = () => named(stack.describe().services);
  const backing = () => named(stack.engines?.all ?? []);
  const readCpu = () => addUp([...services(), ...backing()].map(({ name, pid }) => [name, readUsage(pid).cpu_seconds]));
  const rss_mb: Record<string, number> = {};
  const sample = () => {
    for (const { name, pid } of services()) rss_mb[name] = Math.max(rss_mb[name] ?? 0, readUsage(pid).rss_mb);
  };
  const before = readCpu();
  const begun = performance.now();
  const sampling = setInterval(sample, SAMPLE_MS);
  sampling.unref();
  return {
    stop() {
      clearInterval(sampling);
      sample();
      const seconds = (performance.now() - begun) / 1_000;
      const used = Object.entries(readCpu()).map(([name, after]) => ({ name, spent: after - (before[name] ?? 0) }));
      const isBacking = new Set(backing().map(({ name }) => name));
      return {
        rss_mb,
        cores: Object.fromEntries(used.map(({ name, spent }) => [name, Number((spent / seconds).toFixed(2))])),
        services_cpu_seconds: used.reduce((sum, { name, spent }) => (isBacking.has(name) ? sum : sum + spent), 0),
      };
    },
  };
}

function addUp(parts: readonly [string, number][]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, value] of parts) sums[name] = (sums[name] ?? 0) + value;
  return sums;
}
