import {
  alertStateSchema,
  changeWebhookBodySchema,
  eventSchema,
  excludedControlSchema,
  excludePortsSchema,
  findingSchema,
  heartbeatSchema,
  inventoryChangeKindSchema,
  jobSchema,
  lostControlSchema,
  nodeEnvelopeSchema,
  portResultSchema,
  progressSchema,
  progressUpdateSchema,
  protocolSchema,
  repeatedControlSchema,
  reportedResultSchema,
  senderSchema,
  sentHeartbeatSchema,
  severitySchema,
  subTaskStatusSchema,
  subTaskUpdateSchema,
  supersededControlSchema,
  taskControlSchema,
  taskWebhookBodySchema,
  webhookBodySchema,
} from '@cyberstroll/contracts';
import type { z } from 'zod';

/** An object, a choice or a list of values within messages. A generator of code names a type after it. */
export interface Part {
  title: string;
  schema: z.ZodType;
}

const nodeUpdate = nodeEnvelopeSchema.shape.updates.element;

export const PARTS: readonly Part[] = [
  { title: 'Job subtask', schema: jobSchema.shape.subtasks.element },
  { title: 'Exclude ports', schema: excludePortsSchema.element },
  { title: 'Scan', schema: jobSchema.shape.scan },
  { title: 'Node update', schema: nodeUpdate },
  { title: 'Node update status', schema: nodeUpdate.shape.status },
  { title: 'Service update', schema: subTaskUpdateSchema },
  { title: 'Service update status', schema: subTaskUpdateSchema.shape.status },
  { title: 'Reassign cause', schema: subTaskUpdateSchema.shape.reassigned.unwrap() },
  { title: 'Scan result', schema: reportedResultSchema },
  { title: 'Port result', schema: portResultSchema },
  { title: 'Port state', schema: portResultSchema.shape.state },
  { title: 'Port protocol', schema: protocolSchema },
  { title: 'TLS', schema: portResultSchema.shape.tls.unwrap() },
  { title: 'Finding', schema: findingSchema },
  { title: 'Finding data', schema: findingSchema.shape.data.unwrap() },
  { title: 'Severity', schema: severitySchema },
  { title: 'Error info', schema: subTaskUpdateSchema.shape.error_info.unwrap() },
  { title: 'Current task', schema: sentHeartbeatSchema.in.shape.current_tasks.element },
  { title: 'System info', schema: heartbeatSchema.shape.system_info },
  { title: 'Node status', schema: heartbeatSchema.shape.status },
  { title: 'Task control', schema: taskControlSchema },
  { title: 'Task control state', schema: taskControlSchema.shape.state },
  { title: 'Lost control', schema: lostControlSchema },
  { title: 'Lost control state', schema: lostControlSchema.shape.state },
  { title: 'Excluded control', schema: excludedControlSchema },
  { title: 'Excluded control state', schema: excludedControlSchema.shape.state },
  { title: 'Superseded control', schema: supersededControlSchema },
  { title: 'Superseded control state', schema: supersededControlSchema.shape.state },
  { title: 'Repeated control', schema: repeatedControlSchema },
  { title: 'Repeated control state', schema: repeatedControlSchema.shape.state },
  { title: 'Event subtask', schema: eventSchema.shape.subtasks.unwrap().element },
  { title: 'Subtask status', schema: subTaskStatusSchema },
  { title: 'Alert state', schema: alertStateSchema },
  { title: 'Sender', schema: senderSchema },
  { title: 'Counts', schema: progressUpdateSchema.shape.counts },
  { title: 'Progress', schema: progressSchema },
  { title: 'Task status', schema: taskWebhookBodySchema.shape.status },
  { title: 'Inventory change', schema: changeWebhookBodySchema.shape.changes.element },
  { title: 'Inventory change kind', schema: inventoryChangeKindSchema },
  { title: 'Alert rule', schema: webhookBodySchema.shape.rule },
  { title: 'Alert severity', schema: webhookBodySchema.shape.severity },
];

/** As the name of a component: `job-subtask`. */
export const toPartName = ({ title }: Part): string => title.toLowerCase().replaceAll(' ', '-');

export const findPart = (schema: unknown): Part | undefined => PARTS.find((part) => part.schema === schema);
