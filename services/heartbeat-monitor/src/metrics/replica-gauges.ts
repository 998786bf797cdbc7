import type { Replicas } from '@cyberstroll/messaging';
import type { Registry } from '@cyberstroll/runtime';
import { createFreshGauges } from './fresh-gauge';

/** The members of the quorum queues of RabbitMQ as metrics. The leader of the sweep shows them. */
export function createReplicaGauges({ registry, intervalMs }: { registry: Registry; intervalMs: number }) {
  const addGauge = createFreshGauges(registry, intervalMs);
  const members = addGauge('queue_members', 'Nodes of RabbitMQ that have a replica of a quorum queue', 'queue');
  const online = addGauge('queue_members_online', 'Nodes of RabbitMQ whose replica of a quorum queue runs', 'queue');
  const wanted = addGauge(
    'queue_members_wanted',
    'Members that each quorum queue should have: three, or as many as the cluster has nodes',
  );
  const leader = addGauge(
    'queue_leader',
    '1 for the node of RabbitMQ that leads a quorum queue',
    'queue',
    'broker_node',
  );

  return function show(replicas: Replicas): undefined {
    const { queues } = replicas;
    members.show(queues.map((queue) => [{ queue: queue.name }, queue.members.length]));
    online.show(queues.map((queue) => [{ queue: queue.name }, queue.online.length]));
    wanted.show([[{}, replicas.wanted]]);
    leader.show(
      queues.flatMap((queue) => (queue.leader ? [[{ queue: queue.name, broker_node: queue.leader }, 1] as const] : [])),
    );
  };
}
