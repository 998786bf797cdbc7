import { type ExcludedControl, type ExcludePorts, PAUSE_HOLDS_MS, parsePorts } from '@cyberstroll/contracts';
import { parseTargets, type TargetSet } from '@cyberstroll/targets';

/** What is never scanned: addresses, and ports of some of the others. */
export interface Excluded {
  has(ip: string): boolean;
  /** Those of an address's ports that may be scanned. */
  portsLeft(ip: string, ports: readonly number[]): readonly number[];
}

/** Throws for what cannot be read. */
export function toExcluded(
  exclude_target = '',
  exclude_ports: ExcludePorts = [],
  parse: (text: string) => TargetSet = parseTargets,
): Excluded {
  const addresses = /[^\s,]/.test(exclude_target) ? parse(exclude_target) : undefined;
  const ofPorts = exclude_ports.map(({ target, ports }) => ({
    set: parseTargets(target),
    ports: new Set(parsePorts(ports)),
  }));
  return {
    has: (ip) => addresses?.has(ip) ?? false,
    portsLeft(ip, asked) {
      if (ofPorts.length === 0) return asked;
      const own = ofPorts.filter(({ set }) => set.has(ip));
      return own.length === 0 ? asked : asked.filter((port) => !own.some(({ ports }) => ports.has(port)));
    },
  };
}

const NOTHING = toExcluded();

/**
 * What the last control message excludes, for jobs that were sent before it. Without a repeat it ends. `now` is in
 * milliseconds on a monotonic clock.
 */
export class ExcludedNow {
  #text = '';
  #excluded = NOTHING;
  #until = Number.NEGATIVE_INFINITY;

  /** True if it says something else than the one before. Throws for what cannot be read, and keeps the one before. */
  note({ exclude_target, exclude_ports }: Omit<ExcludedControl, 'state'>, now: number): boolean {
    const text = JSON.stringify([exclude_target, exclude_ports]);
    const isNew = text !== this.#text || now >= this.#until;
    if (isNew) this.#excluded = toExcluded(exclude_target, exclude_ports);
    this.#text = text;
    this.#until = now + PAUSE_HOLDS_MS;
    return isNew;
  }

  /** What of these ports may be scanned now: none of an address that is excluded. */
  portsLeft(ip: string, ports: readonly number[], now: number): readonly number[] {
    if (now >= this.#until) return ports;
    return this.#excluded.has(ip) ? [] : this.#excluded.portsLeft(ip, ports);
  }
}
