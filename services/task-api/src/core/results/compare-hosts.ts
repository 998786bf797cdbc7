/**
 * What became of one host from one task to another. Only what both tasks have scanned can be different: a port that
 * is open in one task is unknown to the other if that one has not scanned the address, or not this port of it. The same
 * holds for services: text that one of the two does not have is unknown, and no difference.
 */
import type {
  DiffSummary,
  HostChange,
  HostDifference,
  PortChange,
  PortDifference,
  Result,
} from '@cyberstroll/contracts';
import { findServiceName, type OpenPort, type ServiceText, toOpenPorts } from '../service-text';

/** What one task knows of a host. */
export interface HostView {
  /** Absent if it found no port open. */
  result?: Pick<Result, 'open_ports' | 'services'> | undefined;
  /** Whether its scan of the address is COMPLETED. */
  isScanned: boolean;
  /** The ports that it scans. */
  ports: ReadonlySet<number>;
}

/** `equal` if there is no difference; with `not_scanned` beside others, the host is `changed`. */
export type HostComparison = Pick<HostDifference, 'ports'> & { change: HostChange | 'equal' };

export function compareHosts(before: HostView, after: HostView): HostComparison {
  const [old, now] = [toByName(before), toByName(after)];
  const ports = [...new Map([...old, ...now])]
    .sort(([, a], [, b]) => a.port - b.port)
    .map(([name, { port }]) => comparePort(port, old.get(name), now.get(name), { before, after }))
    .filter((difference) => difference !== undefined);
  return { change: toHostChange(ports, { isNew: old.size === 0, isOver: now.size === 0 }), ports };
}

/** What is open, by port and protocol. */
const toByName = ({ result }: HostView): Map<string, OpenPort> =>
  new Map((result ? toOpenPorts(result) : []).map((open) => [`${open.port}/${open.protocol}`, open]));

function comparePort(
  port: number,
  old: ServiceText | undefined,
  now: ServiceText | undefined,
  { before, after }: { before: HostView; after: HostView },
): PortDifference | undefined {
  const change = toPortChange(old?.text, now?.text, isKnown(port, before) && isKnown(port, after));
  if (change === undefined) return undefined;
  return {
    port,
    protocol: (now ?? old)!.protocol,
    change,
    ...(old && { before: old.text }),
    ...(now && { after: now.text }),
  };
}

const isKnown = (port: number, { isScanned, ports, result }: HostView): boolean =>
  (isScanned && ports.has(port)) || result?.open_ports.includes(port) === true;

function toPortChange(old: string | undefined, now: string | undefined, isKnown: boolean): PortChange | undefined {
  if (!isKnown) return 'not_scanned';
  if (old === undefined) return 'opened';
  if (now === undefined) return 'closed';
  const [oldName, nowName] = [findServiceName(old), findServiceName(now)];
  if (oldName === '' || nowName === '') return undefined;
  if (oldName !== nowName) return 'service_changed';
  const [oldBanner, nowBanner] = [old.slice(oldName.length).trim(), now.slice(nowName.length).trim()];
  return oldBanner !== '' && nowBanner !== '' && oldBanner !== nowBanner ? 'banner_changed' : undefined;
}

function toHostChange(
  ports: readonly PortDifference[],
  { isNew, isOver }: { isNew: boolean; isOver: boolean },
): HostComparison['change'] {
  if (ports.length === 0) return 'equal';
  const unknown = ports.filter(({ change }) => change === 'not_scanned').length;
  if (unknown === ports.length) return 'not_scanned';
  if (unknown > 0) return 'changed';
  return isNew ? 'appeared' : isOver ? 'gone' : 'changed';
}

/** The difference as a client sees it; undefined without one to show. */
export function toHostDifference(
  ip: string,
  { change, ports }: HostComparison,
  { withNotScanned }: { withNotScanned: boolean },
): HostDifference | undefined {
  if (change === 'equal' || (change === 'not_scanned' && !withNotScanned)) return undefined;
  return { ip, change, ports: withNotScanned ? ports : ports.filter((port) => port.change !== 'not_scanned') };
}

export const emptySummary = (): DiffSummary => ({
  hosts: { appeared: 0, gone: 0, changed: 0, not_scanned: 0, equal: 0 },
  ports: { opened: 0, closed: 0, service_changed: 0, banner_changed: 0, not_scanned: 0 },
});

/** Counts one more host. */
export function addToSummary(summary: DiffSummary, { change, ports }: HostComparison): void {
  summary.hosts[change] += 1;
  for (const port of ports) summary.ports[port.change] += 1;
}
