import * as z from 'zod';
import {
  countSchema,
  MAX_SUBTASKS_PER_JOB,
  methodSchema,
  nameSchema,
  poolSchema,
  subTaskIdSchema,
} from '../fields/fields';

export const NODE_STATUSES = ['online', 'busy', 'offline', 'draining'] as const;
export const nodeStatusSchema = z.enum(NODE_STATUSES).describe('What a node says of itself');
export type NodeStatus = z.infer<typeof nodeStatusSchema>;

const currentTaskSchema = z.object({
  subtask_id: subTaskIdSchema,
  status: z.string().max(20).describe('`assigned` or `scanning`'),
  progress: z.number().min(0).max(100).describe('Percent'),
});
/** Entries of `current_tasks` at most. A full list says nothing about the subtasks that it does not name. */
export const MAX_CURRENT_TASKS = 10_000;
/** The largest capacity of a node. A node that is full and claims one job more can still list all that it holds. */
export const MAX_CAPACITY = MAX_CURRENT_TASKS - MAX_SUBTASKS_PER_JOB;

/** The version of the node contract: docs/node-contract.md. */
export const NODE_CONTRACT = 1;

/** Contract 5.1, and what is ours: instance_id, capacity, pools, methods, version, contract. */
export const heartbeatSchema = z.object({
  node_id: nameSchema.describe("The node's name: the same after a restart, unique in the fleet"),
  timestamp: z.number().describe("Milliseconds since 1970 on the node's clock; shown, never trusted"),
  status: nodeStatusSchema.describe('`busy`: every slot is used; `draining`: it stops; `offline`: the last heartbeat'),
  current_tasks: z.array(currentTaskSchema).max(MAX_CURRENT_TASKS),
  system_info: z.object({
    cpu_usage: z.number().min(0).describe("Percent of the machine's processors"),
    memory_usage: z.number().min(0).describe("Percent of the machine's memory"),
    active_threads: countSchema,
  }),
  /** The node's id if its processes cannot be distinguished. */
  instance_id: nameSchema,
  capacity: z.number().int().min(1).max(MAX_CAPACITY).describe('Addresses that it scans at once'),
  pools: z.array(poolSchema).min(1).max(50).describe('The pools that it takes jobs of'),
  methods: z.array(methodSchema).min(1).max(50).optional().describe('The methods that it scans by; absent: any'),
  version: z.string().max(50).optional().describe("Of the node's program"),
  contract: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('The version of the node contract that it keeps; absent: 1'),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** A heartbeat as nodes may send it: the fields of contract 5.1 are enough. */
export const sentHeartbeatSchema = heartbeatSchema
  .extend({
    instance_id: nameSchema.optional().describe('New at each start of the process; absent: node_id'),
    capacity: heartbeatSchema.shape.capacity.default(1),
    pools: heartbeatSchema.shape.pools.default(['default']),
    current_tasks: z
      .array(currentTaskSchema.extend({ subtask_id: z.string().max(200) }))
      .max(MAX_CURRENT_TASKS)
      .describe('All subtasks that it holds. Entries that are not subtasks of this system are ignored'),
  })
  .transform(
    ({ instance_id, current_tasks, ...sent }): Heartbeat => ({
      ...sent,
      instance_id: instance_id ?? sent.node_id,
      current_tasks: current_tasks.filter(({ subtask_id }) => subTaskIdSchema.safeParse(subtask_id).success),
    }),
  )
  .meta({ title: 'Heartbeat', description: 'What a node says of itself: at its start, every 5 s, and at its end.' });

/**
 * A process of a node that sends heartbeats although the first heartbeat of another one came after it, or before it.
 */
export const rivalSchema = z.object({ instance_id: nameSchema, since: z.date(), last_seen: z.date() });
export type Rival = z.infer<typeof rivalSchema>;

/** The `nodes` collection. */
export const nodeSchema = heartbeatSchema.omit({ timestamp: true, current_tasks: true }).extend({
  /** On the monitor's clock. */
  last_seen: z.date(),
  first_seen: z.date(),
  /** Seconds that its clock was ahead of the monitor's when its last heartbeat was read; nothing is decided by it. */
  clock_offset: z.number().optional(),
  current_task_count: countSchema,
  /** When the first heartbeat of its present process came. */
  instance_since: z.date().optional(),
  /** Earlier processes of it, each followed by another: what still comes from them changes nothing. */
  former_instances: z.array(nameSchema).optional(),
  /** Other processes that sent heartbeats under its id beside the present one. */
  rivals: z.array(rivalSchema).optional(),
  /** Processes that were asked to end, because the present one was there before them. */
  superseded_instances: z.array(nameSchema).optional(),
  /** When it was last seen that two processes live under its id. */
  shared_time: z.date().optional(),
  current_tasks: heartbeatSchema.shape.current_tasks,
  /** It said goodbye, so its silence raises no alert. */
  said_goodbye: z.boolean().optional(),
});
export type Node = z.infer<typeof nodeSchema>;

/** Silence after which a node is lost, in milliseconds: three heartbeats. The monitor may have another value. */
export const NODE_SILENT_AFTER_MS = 15_000;
