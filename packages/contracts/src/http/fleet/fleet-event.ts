import * as z from 'zod';
import { taskStatusSchema } from '../../documents/task';
import { nameSchema, queryIntegerSchema } from '../../fields/fields';
import { jsonForms } from '../../json-schema/json-forms';
import { operationsOf } from '../operation';

/** What explains a bend in a chart. */
export const FLEET_EVENT_KINDS = [
  'task_began',
  'task_ended',
  'node_started',
  'node_restarted',
  'node_left',
  'node_lost',
  'node_back',
  'freeze_began',
  'freeze_ended',
] as const;
export const fleetEventKindSchema = z
  .enum(FLEET_EVENT_KINDS)
  .describe(
    '`node_started`: it is new, or said goodbye before; `node_restarted`: another process of it, and the one before ' +
      'said no goodbye; `node_left`: it said goodbye; `node_lost`: its heartbeats are missing; `node_back`: it was lost',
  );
export type FleetEventKind = z.infer<typeof fleetEventKindSchema>;

/** Days that an event of a node or of a freeze is kept. Those of a task are in the task. */
export const FLEET_EVENT_DAYS = 30;
const MAX_MINUTES = FLEET_EVENT_DAYS * 1_440;

export const fleetEventSchema = z
  .object({
    time: z.date(),
    kind: fleetEventKindSchema,
    subject: z.string().describe('The id of the task, the node or the freeze'),
    name: z.string().optional().describe('Of a task: its name, else the beginning of its targets'),
    status: taskStatusSchema.optional().describe('Of a task that ended: how'),
    detail: z.string().optional().describe('Of a node: its process; of a freeze: its reason'),
  })
  .describe('A task began or ended, a node came or went, a freeze began or ended');
export type FleetEvent = z.infer<typeof fleetEventSchema>;

/** `GET /api/statistics/events`. */
export const listFleetEventsQuerySchema = z.strictObject({
  minutes: queryIntegerSchema({ min: 1, max: MAX_MINUTES })
    .default(60)
    .describe('How far back')
    .register(jsonForms, { form: { type: 'integer', minimum: 1, maximum: MAX_MINUTES, default: 60 } }),
  node_id: nameSchema.optional().describe('Only events of this node'),
});
export type ListFleetEventsQuery = z.infer<typeof listFleetEventsQuerySchema>;

export const fleetEventsSchema = z
  .strictObject({
    complete_since: z.date().describe('All events since this time are listed; of more than it takes, the newest'),
    items: z.array(fleetEventSchema).describe('The oldest first'),
  })
  .describe('What happened in the last minutes');
export type FleetEvents = z.infer<typeof fleetEventsSchema>;

export const FLEET_EVENT_OPERATIONS = operationsOf('statistics', {
  listFleetEvents: {
    route: 'GET /api/statistics/events',
    summary: 'List what happened in a time: tasks, nodes and freezes that began or ended',
    description: 'For the charts of the same time. A blackout is a freeze here.',
    role: 'viewer',
    networks: 'refused',
    query: listFleetEventsQuerySchema,
    answers: { 200: { when: 'The events, the oldest first', body: fleetEventsSchema } },
  },
});

/** Their answers, by the names that generators of clients give to the types. */
export const FLEET_EVENT_ANSWERS = { FleetEvent: fleetEventSchema, FleetEvents: fleetEventsSchema };
