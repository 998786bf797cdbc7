import { SUBTASK_STATUSES, type SubTaskStatus } from '@cyberstroll/state-machine';
import * as z from 'zod';
import {
  addressSchema,
  countSchema,
  errorCodeSchema,
  leaseIdSchema,
  subTaskIdSchema,
  taskIdSchema,
} from '../fields/fields';
import { scanResultSchema } from './scan-result';

export const subTaskStatusSchema = z
  .enum(SUBTASK_STATUSES as [SubTaskStatus, ...SubTaskStatus[]])
  .describe('The status of a subtask');

export const subTaskHistoryEntrySchema = z
  .object({
    status: subTaskStatusSchema,
    timestamp: z.date(),
    reason: z.string().optional(),
    operator: z.string(),
    attempt: countSchema,
    /** How many entries this one stands for; it shows the last of them. Absent in an ordinary entry. */
    folded: countSchema.optional(),
    /** In a folded entry: the time of the first of them. */
    since: z.date().optional(),
  })
  .describe('One change of the status of a subtask');

/** The `subtasks` collection: contract 3.2 field for field; below the line, ours. */
export const subTaskSchema = z.object({
  task_id: taskIdSchema,
  subtask_id: subTaskIdSchema,
  ip: addressSchema,
  status: subTaskStatusSchema,
  assigned_node: z.string().optional(),
  assigned_time: z.date().optional(),
  started_time: z.date().optional(),
  completed_time: z.date().optional(),
  /** Seconds that the scan took by its node's clock; never more than from its job's sending to the update's receipt. */
  execution_duration: z.number().optional(),
  retry_count: countSchema,
  max_retries: countSchema,
  last_retry_time: z.date().optional(),
  /** When the retry is due that no node has claimed yet. */
  next_retry_time: z.date().optional(),
  scan_result: scanResultSchema.optional(),
  error_info: z.object({ error_message: z.string(), error_code: errorCodeSchema, error_time: z.date() }).optional(),
  /** When the job that named it was sent for the first time. */
  created_time: z.date(),
  updated_time: z.date(),
  // ours
  index: countSchema,
  /** True where the scan result names an open port, absent otherwise: lists filter by it. */
  has_open_ports: z.boolean().optional(),
  /** Where `has_open_ports` is: sorts as the address does. Results are found by it. */
  address_key: z.string().optional(),
  /** Which dispatch of the subtask this is, from 1; 0 before the first. */
  attempt: countSchema,
  /** The claim that holds this attempt. Only updates under it count. */
  lease_id: leaseIdSchema.optional(),
  /** When the attempt runs out of time, as long as it is held. */
  deadline: z.date().optional(),
  assigned_instance: z.string().optional(),
  /**
   * From when on the retry is sent out: `next_retry_time`, or later if it cannot be sent; once it was sent, when it is
   * sent again if no node has claimed it.
   */
  retry_due_time: z.date().optional(),
  /** When the job of the present attempt was last sent out, where it is a retry. */
  retry_sent_time: z.date().optional(),
  /** The node of the attempt before this one: a retry goes to another node if there is one. */
  last_node: z.string().optional(),
  /** Nodes that were lost under it, since its last retry by an operator. */
  node_losses: countSchema,
  /** Times that a node handed it back with NODE_DRAINING, since its last retry by an operator. */
  hand_backs: countSchema.optional(),
  /**
   * A scan that a node has reported although the subtask was cancelled before any node had it, such as for an
   * exclusion: it began before the node knew, or the node does not keep the contract. `started_time` is by the node's
   * clock.
   */
  scanned_late: z.object({ node_id: z.string(), started_time: z.date() }).optional(),
  /** 100 entries at most: of more, the oldest in the middle are folded into one. */
  status_history: z.array(subTaskHistoryEntrySchema),
});
export type SubTask = z.infer<typeof subTaskSchema>;

/** `<task_id>-<index>`: a subtask is its place in the task's target set. */
export const toSubTaskId = (taskId: string, index: number): string => `${taskId}-${index}`;

/** The parts of a subtask id, or undefined if the text is not one. */
export function parseSubTaskId(subTaskId: string): { taskId: string; index: number } | undefined {
  const dash = subTaskId.indexOf('-');
  const index = Number(subTaskId.slice(dash + 1));
  if (dash !== 24 || !Number.isSafeInteger(index) || index < 0 || String(index) !== subTaskId.slice(25))
    return undefined;
  return { taskId: subTaskId.slice(0, 24), index };
}
