import type { Heartbeat } from '@cyberstroll/contracts';

/**
 * A heartbeat of a node that is online and idle: `n1` with 10 slots of the default pool, where `fields` say nothing
 * else.
 */
export const toHeartbeat = (fields: Partial<Heartbeat> = {}): Heartbeat => ({
  node_id: 'n1',
  instance_id: `${fields.node_id ?? 'n1'}-a`,
  timestamp: Date.now(),
  status: 'online',
  current_tasks: [],
  system_info: { cpu_usage: 0, memory_usage: 0, active_threads: 0 },
  capacity: 10,
  pools: ['default'],
  ...fields,
});
