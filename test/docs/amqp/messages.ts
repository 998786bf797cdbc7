import {
  changeWebhookBodySchema,
  controlSchema,
  deadLetterSchema,
  EXCHANGES,
  eventSchema,
  jobSchema,
  nodeEnvelopeSchema,
  progressUpdateSchema,
  queueMarkerSchema,
  sentHeartbeatSchema,
  serviceEnvelopeSchema,
  taskWebhookBodySchema,
  webhookBodySchema,
} from '@cyberstroll/contracts';
import type { z } from 'zod';

export type Exchange = keyof typeof EXCHANGES;

/** One kind of message: docs/schemas/<name>.schema.json describes it. */
export interface Message {
  name: string;
  schema: z.ZodType;
  /** Where it is published. Absent: it does not travel over RabbitMQ. */
  exchange?: Exchange;
}

export const MESSAGES: readonly Message[] = [
  { name: 'job', schema: jobSchema, exchange: 'jobs' },
  { name: 'node-envelope', schema: nodeEnvelopeSchema, exchange: 'state' },
  { name: 'service-envelope', schema: serviceEnvelopeSchema, exchange: 'serviceUpdates' },
  { name: 'queue-marker', schema: queueMarkerSchema, exchange: 'serviceUpdates' },
  { name: 'heartbeat', schema: sentHeartbeatSchema, exchange: 'heartbeats' },
  { name: 'control', schema: controlSchema, exchange: 'control' },
  { name: 'event', schema: eventSchema, exchange: 'events' },
  { name: 'dead-letter', schema: deadLetterSchema, exchange: 'deadLetters' },
  { name: 'progress-update', schema: progressUpdateSchema },
  { name: 'webhook-body', schema: webhookBodySchema },
  { name: 'task-webhook-body', schema: taskWebhookBodySchema },
  { name: 'change-webhook-body', schema: changeWebhookBodySchema },
];

export const findMessages = (exchanges: readonly string[]): Message[] =>
  MESSAGES.filter(({ exchange }) => exchange !== undefined && exchanges.includes(EXCHANGES[exchange].name));
