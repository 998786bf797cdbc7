import type { Result } from '@cyberstroll/contracts';
import { findServiceName, type ServiceText, toServicesByPort, UNKNOWN_SERVICE } from '../service-text';

/** Which open ports of a result: those that the filter of a list names. */
export interface PortFilter {
  port?: number | undefined;
  service?: string | undefined;
}

/** The open ports that match, with what is known of their services. */
export function findMatchingPorts(
  { open_ports, services }: Pick<Result, 'open_ports' | 'services'>,
  { port, service }: PortFilter,
): (ServiceText & { port: number })[] {
  const byPort = toServicesByPort(services);
  return open_ports
    .map((openPort) => ({ port: openPort, ...(byPort.get(openPort) ?? UNKNOWN_SERVICE) }))
    .filter((open) => (port === undefined || open.port === port) && hasName(open.text, service));
}

const hasName = (text: string, part: string | undefined): boolean =>
  part === undefined || findServiceName(text).toLowerCase().includes(part.toLowerCase());
