import * as z from 'zod';
import { alertRuleSchema } from '../../documents/alert-rules';
import { freezeSchema, holdCodeSchema } from '../../documents/freeze';
import { progressSchema } from '../../documents/progress';
import { taskStatusSchema } from '../../documents/task';
import { countSchema, taskIdSchema } from '../../fields/fields';
import { REASSIGN_CAUSES } from '../../messages/state-update';

/** Tasks that ended longer ago are not in the figures of the fleet any more. */
export const STATISTICS_WINDOW_SECONDS = 3_600;

/** How nodes are counted: a `silent` one sends no heartbeats, whatever status it sent last. */
export const NODE_STANDINGS = ['online', 'busy', 'draining', 'offline', 'silent'] as const;
export const nodeStandingSchema = z.enum(NODE_STANDINGS);
export type NodeStanding = z.infer<typeof nodeStandingSchema>;

/** Contract 7.1, of one task or of many. Rates in 0..1, times in seconds, null where there is nothing to divide by. */
const ratesShape = {
  completion_rate: z.number(),
  failure_rate: z.number(),
  average_execution_time: z.number().nullable(),
  /** active_tasks / max_capacity: the share of the nodes' slots that are taken. */
  node_utilisation: z.number().nullable(),
  active_tasks: countSchema,
  /** Addresses that the nodes which send heartbeats can scan at once. */
  max_capacity: countSchema,
};

const totalsShape = {
  progress: progressSchema,
  /**
   * Subtasks that a node holds: ASSIGNED or SCANNING. One that takes a retry and has not begun it is RETRYING still.
   */
  claims_held: countSchema,
  retries_total: countSchema,
  node_losses_total: countSchema,
  /** Subtasks that were reassigned from their node to another, by cause. */
  subtasks_reassigned_total: z.record(z.enum(REASSIGN_CAUSES), countSchema),
  updates_applied_total: countSchema,
  /** Mean seconds from the sending of an applied update, on its sender's clock, until a state-updater takes it up. */
  average_update_lag: z.number().nullable(),
  open_ports_total: countSchema,
  error_codes: z.record(z.string(), countSchema),
};

/** Dead letters that are neither replayed nor discarded, 100,000 at most; `other` counts reasons that are not ours. */
const deadLettersShape = {
  dead_letters_waiting: countSchema,
  dead_letters_by_reason: z.record(z.string(), countSchema),
};

/** `GET /api/tasks/{task_id}/statistics`: the capacity is that of the task's pool, and what is active is the task's. */
export const taskStatisticsSchema = z
  .object({
    task_id: taskIdSchema,
    status: taskStatusSchema,
    ...ratesShape,
    ...totalsShape,
    ...deadLettersShape,
    /** Closed, per second of its running time. */
    subtasks_per_second: z.number(),
  })
  .describe('The figures of a task. Rates are from 0 to 1, times in seconds');
export type TaskStatistics = z.infer<typeof taskStatisticsSchema>;

/** What the store knows of the whole fleet. */
export const fleetStatisticsSchema = z.object({
  timestamp: z.date(),
  /** All tasks that are kept. */
  tasks: z.record(taskStatusSchema, countSchema),
  /** The figures below cover the tasks that are open, or that ended within this number of seconds. */
  window_seconds: countSchema,
  counted_tasks: countSchema,
  /** False where there were more such tasks than are read at once. */
  is_complete: z.boolean(),
  ...ratesShape,
  ...totalsShape,
  ...deadLettersShape,
  /**
   * The largest part of its `config.timeout` that a running task has used; null if no running task has a timeout.
   */
  time_used: z.number().nullable(),
  nodes: z.record(nodeStandingSchema, countSchema),
  /** By pool that a node serves (100 at most): the slots of its nodes that send heartbeats. */
  pools: z.record(z.string(), countSchema),
  /** Alerts whose condition holds, by rule; without those that a silence covers. */
  alerts_active: z.record(alertRuleSchema, countSchema),
  /** Alerts whose condition holds, and that a silence covers. */
  alerts_silenced: countSchema,
  /** Freezes and blackouts that hold now: the 20 latest. */
  freezes: z.array(freezeSchema),
  /** Held tasks, by why. */
  tasks_held: z.record(holdCodeSchema, countSchema),
  /** Leases that have not expired: tasks that a dispatcher sends out, and leaders (several sweeps share one). */
  leases: z.object({ tasks: countSchema, sweeps: countSchema }),
});
export type FleetStatistics = z.infer<typeof fleetStatisticsSchema>;

/** `GET /api/statistics`. */
export const fleetStatisticsViewSchema = fleetStatisticsSchema
  .extend({
    /**
     * For each queue the messages that are ready, and how long ago the heartbeat-monitor last saw it empty (or first
     * read it): no message in it waits for longer. The seconds are null while no monitor reads the queues; all of it is
     * null while RabbitMQ is unavailable.
     */
    queues: z
      .array(
        z.object({
          queue: z.string(),
          messages: countSchema,
          nonempty_seconds: z.number().nullable(),
          in_per_second: z
            .number()
            .nullable()
            .describe('Messages that come in; null where the management API of RabbitMQ does not say it'),
          out_per_second: z.number().nullable().describe('Messages that consumers acknowledge; null as the others'),
        }),
      )
      .nullable(),
    /**
     * Seconds that updates have waited until they are applied, in the queue and with the updaters; null while no
     * monitor measures it.
     */
    update_queue_lag: z.number().nullable(),
  })
  .describe('The figures of all tasks, nodes and queues. Rates are from 0 to 1, times in seconds');
export type FleetStatisticsView = z.infer<typeof fleetStatisticsViewSchema>;
