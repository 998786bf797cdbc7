import { type ApiSubTask, toPrintable, type WatchUpdate } from '@cyberstroll/cli';

/**
 * The hosts with open ports, one line each. What they say of themselves is text from the network: control characters
 * go.
 */
export function renderHosts(subtasks: readonly ApiSubTask[]): string {
  const hosts = subtasks
    .filter((subtask) => (subtask.scan_result?.open_ports.length ?? 0) > 0)
    .sort((a, b) => a.ip.localeCompare(b.ip, 'en', { numeric: true }));
  if (hosts.length === 0) return 'no address has an open port among those scanned';
  const width = Math.max(...hosts.map((host) => host.ip.length));
  const lines = hosts.flatMap((host) => {
    const services = host.scan_result?.services ?? [];
    return (host.scan_result?.open_ports ?? []).map((port, index) => {
      const service = services.find((text) => text.startsWith(`${port}/`)) ?? `${port}/tcp`;
      return `  ${(index === 0 ? host.ip : '').padEnd(width)}  ${toPrintable(service)}`;
    });
  });
  return [`${hosts.length} ${hosts.length === 1 ? 'address has' : 'addresses have'} open ports:`, ...lines].join('\n');
}

/** How the task ended, in one line. */
export function renderOutcome(last: WatchUpdate, seconds: number): string {
  const counts = Object.entries(last.counts ?? {})
    .filter(([name, count]) => name.endsWith('_count') && count > 0)
    .map(([name, count]) => `${count} ${name.replace(/_count$/, '')}`);
  return `${last.status}: ${last.total} targets, ${counts.join(', ')}, in ${seconds.toFixed(1)} s`;
}
