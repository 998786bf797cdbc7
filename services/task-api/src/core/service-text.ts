import { groupBy, type Result } from '@cyberstroll/contracts';

/** An entry of `services`, `<port>/<protocol> <name> [banner]`, without its port. */
export interface ServiceText {
  protocol: string;
  /** The name, with the banner. Empty if unknown. */
  text: string;
}

export type OpenPort = ServiceText & { port: number };

const UNKNOWN: readonly ServiceText[] = [{ protocol: 'tcp', text: '' }];

/** The open ports of a result with their services: a port that answers by two protocols is there twice. */
export function toOpenPorts({ open_ports, services }: Pick<Result, 'open_ports' | 'services'>): OpenPort[] {
  const byPort = groupBy(services, (text) => Number.parseInt(text, 10));
  return open_ports.flatMap((port) =>
    (byPort.get(port)?.map(toService) ?? UNKNOWN).map((service) => ({ port, ...service })),
  );
}

function toService(entry: string): ServiceText {
  const [, protocol, rest] = /^\d+\/(\S+)(?: (.*))?$/s.exec(entry) ?? [];
  return { protocol: protocol ?? 'tcp', text: rest ?? '' };
}

/** The first word. Empty if unknown. */
export const findServiceName = (text: string): string => text.split(' ', 1)[0]!;
