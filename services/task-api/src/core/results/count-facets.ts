import type { Result, ResultFacets } from '@cyberstroll/contracts';
import { findServiceName } from '../service-text';
import { findMatchingPorts, type PortFilter } from './matching-ports';

/** Names of services that are held at once: a host may call each of its services what it likes. */
const MAX_SERVICES = 100_000;

/**
 * Counts results by port and by service, each once however many of its ports match. What is counted is what a list with
 * the same filter shows, so a count is the length of the list that a choice of it leads to.
 */
export function createFacets(filter: PortFilter, maxServices = MAX_SERVICES) {
  const hosts = new Set<string>();
  const byPort = new Map<number, number>();
  const byService = new Map<string, number>();
  let results = 0;
  let isCut = false;

  return {
    add({ ip, ...result }: Pick<Result, 'ip' | 'open_ports' | 'services'>): void {
      results += 1;
      hosts.add(ip);
      const open = findMatchingPorts(result, filter);
      for (const port of new Set(open.map(({ port }) => port))) byPort.set(port, (byPort.get(port) ?? 0) + 1);
      for (const service of new Set(open.map(({ text }) => findServiceName(text)))) {
        const count = byService.get(service);
        if (count !== undefined || byService.size < maxServices) byService.set(service, (count ?? 0) + 1);
        else isCut = true;
      }
    },
    /** `isComplete`: every result was added. */
    toAnswer: (limit: number, isComplete: boolean): ResultFacets => ({
      results,
      hosts: hosts.size,
      is_complete: isComplete && !isCut,
      ports: toMost(byPort, limit).map(([port, results]) => ({ port, results })),
      services: toMost(byService, limit).map(([service, results]) => ({ service, results })),
    }),
  };
}

/** The greatest counts first; of equal ones, in the order of what they count. */
const toMost = <Key extends number | string>(counts: ReadonlyMap<Key, number>, limit: number): [Key, number][] =>
  [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1)).slice(0, limit);
