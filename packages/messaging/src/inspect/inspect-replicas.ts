import { type Diagnosis, fail, orOk, warn } from '@cyberstroll/runtime';
import type { QuorumQueue, Replicas } from './management';

/**
 * A quorum queue has the members that were in the cluster when it was declared: nodes that join later hold nothing of
 * it. What is confirmed is then as safe as those members' disks alone.
 */
export function inspectReplicas(replicas: Replicas, vhost: string): Diagnosis[] {
  const faults = replicas.queues.flatMap((queue) => diagnose(queue, replicas, vhost));
  return orOk(
    faults,
    'rabbitmq replicas',
    replicas.queues.map((queue) => `${queue.name}: ${describe(queue)}`).join('; '),
  );
}

function diagnose(queue: QuorumQueue, replicas: Replicas, vhost: string): Diagnosis[] {
  const { name, members, online } = queue;
  const check = `rabbitmq replicas of ${name}`;
  const { wanted } = replicas;
  const away = members.filter((member) => !online.includes(member));
  if (online.length * 2 <= members.length) {
    const found = `${describe(queue)}: no majority, so it delivers nothing and accepts nothing`;
    return [fail(check, found, `start ${away.join(', ')}`)];
  }
  if (members.length < wanted) {
    const found = `${describe(queue)}; ${wanted} are wanted`;
    return [fail(check, found, toGrowCommands(queue, replicas, vhost).join('; '))];
  }
  if (away.length > 0) {
    const remedy =
      `start ${away.join(', ')}; if one never comes back: rabbitmq-queues shrink, rabbitmqctl forget_cluster_node, ` +
      'then grow';
    return [warn(check, describe(queue), remedy)];
  }
  return [];
}

function describe({ members, online, leader }: QuorumQueue): string {
  const away = members.filter((member) => !online.includes(member));
  const count = `${online.length} of ${members.length} ${members.length === 1 ? 'member' : 'members'} online`;
  return `${count}${away.length > 0 ? ` (${away.join(', ')} not)` : ''}, leader ${leader ?? 'none'}`;
}

/** To nodes that run, as many as are missing. In a cluster of three it is the same command for every queue. */
function toGrowCommands(queue: QuorumQueue, { nodes, wanted }: Replicas, vhost: string): string[] {
  const free = nodes.filter(({ name, running }) => running && !queue.members.includes(name));
  const pattern = nodes.length > wanted ? ` --queue-pattern '^${toPattern(queue.name)}$'` : '';
  const commands = free
    .slice(0, wanted - queue.members.length)
    .map(({ name }) => `rabbitmq-queues grow ${name} all --vhost-pattern '^${toPattern(vhost)}$'${pattern}`);
  return commands.length > 0 ? commands : ['start the other nodes of the cluster, then look again'];
}

const toPattern = (name: string) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
