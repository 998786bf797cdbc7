import { hostname } from 'node:os';
import { MAX_CAPACITY, NODE_SILENT_AFTER_MS, nameSchema, poolSchema } from '@cyberstroll/contracts';
import { baseConfigShape, consumerConfigShape, envList, envWhole, rabbitmqConfigShape } from '@cyberstroll/runtime';
import { DEFAULT_SCOPE, parseScope } from '@cyberstroll/targets';
import * as z from 'zod';

const milliseconds = (fallback: number, least = 1) => envWhole(fallback, least, 3_600_000);

const scopeSchema = z.string().superRefine((text, context) => {
  try {
    parseScope(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

const toDefaultNodeId = () => `${hostname().replace(/[^A-Za-z0-9.-]/g, '-')}-${process.pid}`.replace(/^[.-]+/, '');

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...consumerConfigShape,
  NODE_ID: nameSchema
    .default(toDefaultNodeId)
    .describe(
      'Name of this node, the same after a restart, unique in the fleet; with CHECK_NODE_USERS the RabbitMQ user, or it ' +
        'and a dot at the beginning; default: host and process id',
    ),
  POOLS: envList.pipe(z.array(poolSchema).min(1)).default(['default']).describe('Pools whose jobs the node takes'),
  CAPACITY: envWhole(64, 1, MAX_CAPACITY).describe('Addresses scanned at once'),
  SCAN_SCOPE: scopeSchema
    .default(DEFAULT_SCOPE)
    .describe('Networks that may be scanned; `!` before a network excludes it'),
  SCANNER: z
    .enum(['tcp', 'noop'])
    .default('tcp')
    .describe('`tcp` scans; `noop` opens no socket and finds nothing (for benches only)'),
  SCAN_MS: milliseconds(0, 0).describe('Milliseconds that each noop scan lasts'),
  PORT_CONCURRENCY: envWhole(16, 1, 10_000).describe('Ports of one address probed at once'),
  CONNECT_TIMEOUT_MS: milliseconds(1_500).describe('Milliseconds that a port may take to answer'),
  BANNER_TIMEOUT_MS: milliseconds(300, 0).describe('Milliseconds that an open port may take to send its banner'),
  FLUSH_MS: milliseconds(50).describe(
    'Milliseconds that updates are gathered before they are sent; four times that for results while few come',
  ),
  HEARTBEAT_INTERVAL_MS: milliseconds(5_000, 100).describe('Milliseconds between heartbeats'),
  LEASE_MS: milliseconds(NODE_SILENT_AFTER_MS, 200).describe(
    'Milliseconds without a confirmed heartbeat after which the node gives up its claims; more than ' +
      'HEARTBEAT_INTERVAL_MS, at most the HEARTBEAT_TIMEOUT_MS of heartbeat-monitor',
  ),
  DRAIN_TIMEOUT_MS: milliseconds(5_000, 0).describe(
    'Milliseconds that running scans may take to end when the node stops',
  ),
};
export type Config = z.infer<z.ZodObject<typeof configShape>>;
