/** An open port, with what a scan heard there. */
export interface OpenPort {
  port: number;
  /** `22/udp` where it is not TCP, else `22`. */
  label: string;
  /** The name of the service; empty if it is not known. */
  name: string;
  /** What the service says of itself. */
  banner: string;
}

/** Each open port with its entry of `services`: `22/tcp ssh OpenSSH_9.6`. */
export function readServices(ports: readonly number[], services: readonly string[]): OpenPort[] {
  const entries = services.map((service) => /^(\d+)\/(\S+) (\S*)\s*(.*)$/s.exec(service) ?? []);
  return ports.map((port) => {
    const [, , protocol = 'tcp', name = '', banner = ''] = entries.find(([, each]) => Number(each) === port) ?? [];
    return { port, label: protocol === 'tcp' ? String(port) : `${port}/${protocol}`, name, banner };
  });
}
