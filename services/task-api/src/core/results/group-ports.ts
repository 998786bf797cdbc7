import type { PortGroup, Result, TaskPorts } from '@cyberstroll/contracts';
import { findServiceName, toOpenPorts } from '../service-text';

/** Groups that are held at once. A host may answer on every port, and call each service what it likes. */
const MAX_GROUPS = 100_000;

/** Counts hosts by port and service. */
export function createPortGroups(maxGroups = MAX_GROUPS) {
  const groups = new Map<string, PortGroup>();
  let hosts = 0;
  let isCut = false;

  return {
    add(result: Pick<Result, 'open_ports' | 'services'>): void {
      hosts += 1;
      for (const { port, protocol, text } of toOpenPorts(result)) {
        const service = findServiceName(text);
        const key = `${port}/${protocol} ${service}`;
        const group = groups.get(key);
        if (group) group.hosts += 1;
        else if (groups.size < maxGroups) groups.set(key, { port, protocol, service, hosts: 1 });
        else isCut = true;
      }
    },
    /** `isComplete`: every host was added. */
    toAnswer(limit: number, isComplete: boolean): Omit<TaskPorts, 'task_id'> {
      const items = [...groups.values()]
        .sort((a, b) => b.hosts - a.hosts || a.port - b.port || (a.service < b.service ? -1 : 1))
        .slice(0, limit);
      return { hosts, groups: groups.size, is_complete: isComplete && !isCut, items };
    },
  };
}
