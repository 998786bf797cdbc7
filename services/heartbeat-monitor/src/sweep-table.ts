import type { SweepTable } from '@cyberstroll/runtime';

export const SWEEPS = {
  'watch-links': { every: 'SWEEP_INTERVAL_MS', does: 'records when this replica may have missed heartbeats' },
  'check-claims': {
    every: 'SWEEP_INTERVAL_MS',
    leader: 'heartbeats',
    does:
      'gives each claim of a node its verdict (`src/core/decide-claim.ts`). Fails with NODE_LOST, at no retry, what no ' +
      'living process works on: of a silent node, left at a goodbye, of a former process, of a node that never sent a ' +
      'heartbeat, or not listed for `ZOMBIE_GRACE_MS` (alert `zombie`). Ends as TIMEOUT what is past its deadline, if ' +
      'its process sent a heartbeat after it that lists it. Puts off the deadline of what waits for a paused or held ' +
      'task. Sets silent nodes offline. What nodes list is compared every quarter of `ZOMBIE_GRACE_MS`',
  },
  'time-out-tasks': {
    every: 'SWEEP_INTERVAL_MS',
    leader: 'mongodb',
    overUnsettled: true,
    does:
      'ends tasks past `config.timeout` as TIMEOUT; pauses and holds do not count. While updates wait in a queue, only ' +
      'tasks that were past it before the oldest of these was sent',
  },
  'abort-held': {
    every: 500,
    leader: 'rabbitmq',
    overUnsettled: true,
    does: 'fails what is under scan of tasks whose hold aborts (`TASK_HELD`, at no retry), and sends `lost` to the nodes',
  },
  'show-fleet': {
    every: 'METRICS_INTERVAL_MS',
    leader: 'mongodb',
    does:
      'shows tasks and nodes as metrics, and keeps their figures each 10 s, for an hour, with the messages of each ' +
      'queue as `show-queues` noted them: `GET /api/statistics/history`; each minute, in one write, slots, CPU and ' +
      'memory of each node that sends heartbeats: `GET /api/nodes/{node_id}/history`',
  },
  'mark-updates': {
    every: 1_000,
    idle: 10_000,
    leader: 'rabbitmq',
    does: 'sends a marker through the queue of updates, and measures how long updates wait',
  },
  'show-queues': {
    every: 'METRICS_INTERVAL_MS',
    leader: 'rabbitmq',
    does: 'shows the queues as metrics, and notes how many messages each has',
  },
  'show-replicas': {
    every: 'METRICS_INTERVAL_MS',
    leader: 'rabbitmq',
    does:
      'with `RABBITMQ_MANAGEMENT_URL`: shows the members of each quorum queue, the online ones and the leader, and ' +
      'notes the messages in and out per second: `queues` of `GET /api/statistics`',
  },
  'raise-alerts': {
    every: 'ALERT_INTERVAL_MS',
    leader: 'mongodb',
    does:
      'evaluates the rules of tasks, operations, exclusions, schedules, limits and documents; raises and clears their ' +
      'alerts, and clears those of occurrences that have not happened again; notes what still fires when its silence ' +
      'has ended; shows the stored limits as metrics',
  },
  'raise-node-alerts': { every: 'ALERT_INTERVAL_MS', leader: 'heartbeats', does: 'the same for the rules of nodes' },
  'raise-queue-alerts': { every: 'ALERT_INTERVAL_MS', leader: 'rabbitmq', does: 'the same for the rules of queues' },
  'deliver-alerts': {
    every: 'SWEEP_INTERVAL_MS',
    idle: 5_000,
    leader: 'mongodb',
    does: 'sends each change of an alert to `cs.events` and to the webhooks',
  },
  'deliver-task-ends': {
    every: 'SWEEP_INTERVAL_MS',
    idle: 5_000,
    leader: 'mongodb',
    does: 'sends each end of a task to the webhooks',
  },
  'deliver-changes': {
    every: 'SWEEP_INTERVAL_MS',
    idle: 5_000,
    leader: 'mongodb',
    does: 'sends changes of the inventory to the webhooks that the API made, in the order of their numbers',
  },
} as const satisfies SweepTable;
