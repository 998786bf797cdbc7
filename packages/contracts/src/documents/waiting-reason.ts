import * as z from 'zod';
import { documentIdSchema, timeSchema } from '../fields/fields';
import { sentenceSchema } from '../sentences/sentences';

/**
 * Why something unfinished does not continue now: the closed list. Each reason is computed when it is read; a hold
 * alone is stored, on the task. A task or subtask without a reason continues (a node works on it), or has ended.
 */
export const WAITING_CODES = {
  not_queued: { of: 'both', text: 'the dispatcher has not taken the task up yet' },
  paused: { of: 'task', text: 'an operator paused it' },
  frozen: { of: 'both', text: 'a freeze covers it: nothing of it may begin' },
  blackout: { of: 'both', text: 'a blackout covers it: nothing of it may begin' },
  outside_window: { of: 'both', text: 'none of its windows is open: nothing of it may begin' },
  dependency_down: { of: 'both', text: 'RabbitMQ, which carries jobs and reports, is unavailable or has an alarm' },
  no_node_in_pool: { of: 'both', text: 'no node takes work of the pool' },
  no_node_for_method: { of: 'both', text: 'no node of the pool scans by the method of the task' },
  nodes_silent: { of: 'both', text: 'every node of the pool is offline or silent' },
  fleet_busy: { of: 'both', text: 'every slot of the pool is taken' },
  limit: { of: 'both', text: 'a limit has no room for it now' },
  pending_dispatch: { of: 'both', text: 'its turn in the dispatcher’s window has not come yet' },
  sent_to_queue: { of: 'both', text: 'sent out; no node has taken it from the job queue yet' },
  retries_backoff: { of: 'task', text: 'only retries are left, which wait for their time' },
  finishing: { of: 'task', text: 'every subtask is closed; the task is about to end' },
  assigned_waiting_slot: { of: 'subtask', text: 'a node holds it and has no slot free yet' },
  node_silent: { of: 'subtask', text: 'the node that holds it is offline or silent; it will be reassigned' },
  retry_backoff: { of: 'subtask', text: 'its retry waits for its time' },
  out_of_scope: { of: 'subtask', text: 'its last node may not scan the address; its retry waits for its time' },
  retry_sent: { of: 'subtask', text: 'its retry is sent out; no node has taken it yet' },
  task_paused: { of: 'subtask', text: 'its task is paused' },
  task_ended: { of: 'subtask', text: 'its task has ended; it is being cancelled' },
} as const satisfies Record<string, { of: 'task' | 'subtask' | 'both'; text: string }>;

export type WaitingCode = keyof typeof WAITING_CODES;

export const waitingReasonSchema = z
  .strictObject({
    code: z.enum(Object.keys(WAITING_CODES) as [WaitingCode, ...WaitingCode[]]),
    /** In words, with names and numbers. */
    message: z.string(),
    sentence: sentenceSchema.optional(),
    /** When something happens automatically. */
    until: timeSchema.optional(),
    /** Of `limit`, unless it is the task's own. */
    limit_id: documentIdSchema.optional().describe('The limit that has no room; absent for the one of the task itself'),
  })
  .describe('Why something does not continue now');
export type WaitingReason = z.infer<typeof waitingReasonSchema>;
