import * as z from 'zod';
import { portSchema } from '../../documents/scan-result';
import { countSchema, taskIdSchema } from '../../fields/fields';
import { pageShape } from './task';

/** Hosts that one answer looks at, in the order of the task. */
export const MAX_PORT_HOSTS = 20_000;

/** `GET /api/tasks/{task_id}/ports`. */
export const taskPortsQuerySchema = z.strictObject(pageShape);

const portGroupSchema = z.strictObject({
  port: portSchema,
  protocol: z.string(),
  service: z.string().describe('Its name, without the banner; empty if it is not known'),
  hosts: countSchema.describe('Hosts with this port open and this service on it'),
});
export type PortGroup = z.infer<typeof portGroupSchema>;

export const taskPortsSchema = z
  .strictObject({
    task_id: taskIdSchema,
    hosts: countSchema.describe('Hosts with an open port that were looked at'),
    groups: countSchema.describe('Groups that were found; `items` has `limit` of them'),
    is_complete: z
      .boolean()
      .describe(`False if not every host was looked at: there are more than ${MAX_PORT_HOSTS}, or it took too long`),
    items: z.array(portGroupSchema).describe('The most hosts first'),
  })
  .describe('The open ports of a task by port and service');
export type TaskPorts = z.infer<typeof taskPortsSchema>;
