/**
 * A result has what is open twice: as numbers and texts, which every node reports and every client knows, and as
 * `ports` with a protocol, a state and more. Each is made of the other where a node reports one of them.
 */
import { MAX_SERVICES, type PortResult, PROTOCOLS, type ScanResult } from '@cyberstroll/contracts';

type Texts = Pick<ScanResult, 'open_ports' | 'services'>;

const isOpen = ({ state }: PortResult): boolean => state === 'open';

/** The numbers and texts of what is open: each number once, ascending, whatever its protocol. */
export function toTexts(ports: readonly PortResult[]): Texts {
  const open = ports.filter(isOpen).sort((a, b) => a.port - b.port);
  return { open_ports: [...new Set(open.map(({ port }) => port))], services: open.map(toServiceText) };
}

function toServiceText({ port, protocol, service, product, version, banner }: PortResult): string {
  const about = [product, version].filter(Boolean).join(' ') || banner;
  return [`${port}/${protocol}`, toName(service), about].filter(Boolean).join(' ').slice(0, 512);
}

/** One word: what follows it is the banner. */
const toName = (service: string | undefined): string => service?.trim().replaceAll(/\s+/g, '-') || 'unknown';

/** The ports of a result: as they were reported, or else the first 1,024 that are open, with what its texts say. */
export function toPorts({ ports, open_ports, services }: Texts & Pick<ScanResult, 'ports'>): PortResult[] {
  if (ports) return ports;
  const known = services.flatMap(readServiceText);
  const named = new Set(known.map(({ port }) => port));
  const others = open_ports.filter((port) => !named.has(port)).map((port) => toOpen(port, 'tcp'));
  return [...known, ...others].sort((a, b) => a.port - b.port).slice(0, MAX_SERVICES);
}

const toOpen = (port: number, protocol: PortResult['protocol']): PortResult => ({ port, protocol, state: 'open' });

/** `<port>/<protocol> <name> [banner]`; nothing of a text that has another form. */
function readServiceText(text: string): PortResult[] {
  const [, port, given, service, banner] = /^(\d{1,5})\/(\S+)(?: (\S+))?(?: (.*))?$/s.exec(text) ?? [];
  const protocol = PROTOCOLS.find((each) => each === given);
  if (protocol === undefined) return [];
  const open = toOpen(Number(port), protocol);
  return [{ ...open, ...(service !== undefined && { service }), ...(banner !== undefined && { banner }) }];
}
