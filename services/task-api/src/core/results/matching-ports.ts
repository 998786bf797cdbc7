import type { Result } from '@cyberstroll/contracts';
import { findServiceName, type OpenPort, toOpenPorts } from '../service-text';

/** Which open ports of a result: those that the filter of a list names. */
export interface PortFilter {
  port?: number | undefined;
  service?: string | undefined;
}

/** The open ports that match, with what is known of their services. */
export function findMatchingPorts(
  result: Pick<Result, 'open_ports' | 'services'>,
  { port, service }: PortFilter,
): OpenPort[] {
  return toOpenPorts(result).filter(
    (open) => (port === undefined || open.port === port) && hasName(open.text, service),
  );
}

const hasName = (text: string, part: string | undefined): boolean =>
  part === undefined || findServiceName(text).toLowerCase().includes(part.toLowerCase());
