import type { SubTaskStatus } from '@cyberstroll/state-machine';
import { z } from 'zod';
import { alertStateSchema } from './alert';

/**
 * One message on `cs.events`: something happened. Sent once at most, after its commit: a notice, not the truth. One
 * with an `alert_id` is sent until the broker has it, and may come twice, word for word.
 */
export const eventSchema = z.object({
  /** The routing key: `task.<status>`, `subtask.<status>`, `node.<status>`, `alert.<rule>`, lower-case. */
  type: z.string(),
  timestamp: z.string(),
  task_id: z.string().optional(),
  node_id: z.string().optional(),
  /** Subtasks that entered the status together. */
  subtasks: z.array(z.object({ subtask_id: z.string(), ip: z.string(), attempt: z.number() })).optional(),
  reason: z.string().optional(),
  /** Of an alert whose state has changed, and what it is now; both absent where something only happened (once more). */
  alert_id: z.string().optional(),
  alert_state: alertStateSchema.optional(),
  operator: z.string().optional(),
});
export type Event = z.infer<typeof eventSchema>;

export type EventEntity = 'task' | 'subtask' | 'node' | 'alert';
export type EventFacts = Omit<Event, 'type' | 'timestamp'>;

export const toEvent = (entity: EventEntity, name: string, facts: EventFacts, now: Date): Event => ({
  type: `${entity}.${name.toLowerCase()}`,
  timestamp: now.toISOString(),
  ...facts,
});

/** A step that a subtask took. */
export interface SubTaskTransition {
  task_id: string;
  subtask_id: string;
  ip: string;
  attempt: number;
  status: SubTaskStatus;
}
