import { z } from 'zod';
import { countSchema, nameSchema, poolSchema, subTaskIdSchema } from './fields';

export const NODE_STATUSES = ['online', 'busy', 'offline', 'draining'] as const;
export const nodeStatusSchema = z.enum(NODE_STATUSES);
export type NodeStatus = z.infer<typeof nodeStatusSchema>;

/** Contract 5.1, and what is ours: instance_id, capacity, pools, version. Sent every 5 s, and at start and end. */
export const heartbeatSchema = z.object({
  node_id: nameSchema,
  /** Milliseconds since 1970 on the node's clock; told, never trusted. */
  timestamp: z.number(),
  status: nodeStatusSchema,
  current_tasks: z
    .array(z.object({ subtask_id: subTaskIdSchema, status: z.string().max(20), progress: z.number().min(0).max(100) }))
    .max(10_000),
  system_info: z.object({
    /** Percent of the machine's processors. */
    cpu_usage: z.number().min(0),
    /** Percent of the machine's memory. */
    memory_usage: z.number().min(0),
    active_threads: countSchema,
  }),
  instance_id: nameSchema,
  /** Addresses that it scans at once. */
  capacity: z.number().int().min(1).max(100_000),
  pools: z.array(poolSchema).min(1).max(50),
  version: z.string().max(50).optional(),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** The `nodes` collection. */
export const nodeSchema = heartbeatSchema.omit({ timestamp: true, current_tasks: true }).extend({
  /** On the monitor's clock. */
  last_seen: z.date(),
  first_seen: z.date(),
  /** Seconds that its clock was ahead of the monitor's when its last heartbeat was read; nothing is decided by it. */
  clock_offset: z.number().optional(),
  current_task_count: countSchema,
  /** Earlier processes of it, each followed by another: what still comes from them changes nothing. */
  former_instances: z.array(nameSchema).optional(),
  current_tasks: heartbeatSchema.shape.current_tasks,
  /** It is offline by its own word: nobody misses it. */
  said_goodbye: z.boolean().optional(),
});
export type Node = z.infer<typeof nodeSchema>;

/** Silence after which a node is lost, in milliseconds: three heartbeats. The monitor may be told another. */
export const NODE_SILENT_AFTER_MS = 15_000;

/** Silence after which a node is taken for gone, in milliseconds: it is missed by nobody any more. */
export const NODE_FORGOTTEN_AFTER_MS = 86_400_000;

/** Whether a node is not counted on: it is offline, or was not heard for longer than `afterMs`. */
export const isSilent = (
  { status, last_seen }: Pick<Node, 'status' | 'last_seen'>,
  now: Date,
  afterMs: number = NODE_SILENT_AFTER_MS,
): boolean => status === 'offline' || now.getTime() - last_seen.getTime() > afterMs;
