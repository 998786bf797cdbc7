import type { SubTaskStatus } from '@cyberstroll/state-machine';
import * as z from 'zod';
import { alertStateSchema } from '../documents/alert';
import { subTaskStatusSchema } from '../documents/subtask';

export const eventSchema = z
  .object({
    type: z
      .string()
      .describe(
        'Also the routing key: `task.<status>`, `task.held`, `task.released`, `subtask.<status>`, `node.<status>`, ' +
          '`alert.<rule>`, `exclusion.created`, `exclusion.changed` or `exclusion.lifted`, lower-case',
      ),
    timestamp: z.string().describe('ISO 8601'),
    task_id: z.string().optional(),
    node_id: z.string().optional(),
    subtasks: z
      .array(
        z.object({
          subtask_id: z.string(),
          ip: z.string(),
          attempt: z.number(),
          node_id: z.string().optional().describe('The node that holds or held the attempt; absent if none is known'),
          open_ports: z.number().optional().describe('How many open ports the scan found; absent if none'),
        }),
      )
      .optional()
      .describe('Subtasks that entered the status together'),
    previous_status: subTaskStatusSchema
      .optional()
      .describe('The status that the subtasks left together; absent if they changed none: a job was sent again'),
    reason: z.string().optional(),
    alert_id: z.string().optional().describe('The alert whose state changed; absent if its rule only reported again'),
    alert_state: alertStateSchema.optional().describe('The state of the alert since then'),
    operator: z.string().optional().describe('The service, person or key that changed it'),
  })
  .meta({
    title: 'Event',
    description:
      'Something happened. Sent once at most, after its commit: a notice, not the truth. An event with an `alert_id` ' +
      'is sent until the broker has it, and may come twice.',
  });
export type Event = z.infer<typeof eventSchema>;

export type EventEntity = 'task' | 'subtask' | 'node' | 'alert' | 'exclusion';
export type EventFacts = Omit<Event, 'type' | 'timestamp'>;

export const toEvent = (entity: EventEntity, name: string, facts: EventFacts, now: Date): Event => ({
  type: `${entity}.${name.toLowerCase()}`,
  timestamp: now.toISOString(),
  ...facts,
});

/** One transition of a subtask. */
export interface SubTaskTransition {
  task_id: string;
  subtask_id: string;
  ip: string;
  attempt: number;
  previous_status: SubTaskStatus;
  status: SubTaskStatus;
  timestamp: Date;
  /** The node of the attempt. */
  node_id?: string | undefined;
  /** How many were found, if the scan is completed. */
  open_ports?: number | undefined;
  /** Why the attempt failed, if it did. */
  error_code?: string | undefined;
}
