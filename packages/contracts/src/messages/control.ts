import * as z from 'zod';
import { leaseIdSchema, MAX_CONTROL_TASKS, MAX_LOST_LEASES, nameSchema, taskIdSchema } from '../fields/fields';
import { excludePortsSchema } from './job';

/**
 * A pause holds for this many milliseconds after its last control message. The message is repeated every 2 s, and a
 * node that gets no repeats begins nothing: so this only ends a pause whose end the node has missed. The message that
 * ends a pause must be repeated for longer than that.
 */
export const PAUSE_HOLDS_MS = 30_000;

export const taskControlSchema = z
  .object({
    task_ids: z.array(taskIdSchema).min(1).max(MAX_CONTROL_TASKS),
    state: z.enum(['paused', 'running', 'ended']),
  })
  .describe(
    'How tasks stand, not what changed; repeated while it holds, so a lost or repeated one does no harm. `paused`: ' +
      'ack their jobs without a claim (they are sent again on resume), let running scans end; ' +
      `${PAUSE_HOLDS_MS / 1_000} s without a repeat mean \`running\`. \`running\`: claim their jobs again. ` +
      '`ended`: abort their scans, ack their jobs without a claim.',
  );
export type TaskControl = z.infer<typeof taskControlSchema>;

/** The fence refuses every later report under such a lease, so a node that misses this message loses only work. */
export const lostControlSchema = z
  .object({ state: z.literal('lost'), lease_ids: z.array(leaseIdSchema).min(1).max(MAX_LOST_LEASES) })
  .describe('Leases of any nodes that no longer hold their attempts: abort the scans under them. Sent once or twice.');

/** Its subtasks are not reassigned meanwhile. */
export const supersededControlSchema = z
  .object({ state: z.literal('superseded'), node_id: nameSchema, instance_id: nameSchema })
  .describe(
    'Another process with the same `node_id` was there before this one. This one claims nothing more, returns what ' +
      'it holds, and ends. Repeated with each of its heartbeats.',
  );

/** Jobs that are sent from then on name none of it; this is for those that were sent before. */
export const excludedControlSchema = z
  .object({
    state: z.literal('excluded'),
    exclude_target: z.string().optional().describe('As in a job; absent: no address'),
    exclude_ports: excludePortsSchema.optional().describe('As in a job; absent: none'),
  })
  .describe(
    'What is excluded from every scan now, the newest first. It replaces the message before. Abort the scans of these addresses, ' +
      `drop what waits, claim none of them: the server cancels them. ${PAUSE_HOLDS_MS / 1_000} s without a repeat ` +
      'mean that nothing is excluded. Sent within 0.5 s of a change and every 2 s.',
  );
export type ExcludedControl = z.infer<typeof excludedControlSchema>;

/**
 * For how long a node knows what may begin, in milliseconds from the `server_time` of the last `repeated`. After that
 * it begins nothing until the next one: a rule that came into force meanwhile may not have reached it. So nothing
 * begins later than this after a rule is in force, whatever has failed.
 */
export const KNOWN_FOR_MS = 2_000;

export const repeatedControlSchema = z
  .object({
    state: z.literal('repeated'),
    within_ms: z.number().min(0),
    server_time: z.number().int().describe('The clock of the server when it began to read the rules, in ms since 1970'),
    jobs_since: z
      .number()
      .int()
      .optional()
      .describe(
        'Nothing of a job whose `rules_time` is before this may begin: more was excluded since than `excluded` can name. ' +
          'Absent: every job may begin',
      ),
  })
  .describe(
    'All that holds at `server_time` was repeated within the last `within_ms` milliseconds: pauses, and what is ' +
      'excluded. Sent every 0.5 s. A node that has been listening for longer than `within_ms` may begin scans until ' +
      `${KNOWN_FOR_MS / 1_000} s after \`server_time\`, and nothing after it until the next one. A node that has just ` +
      'started waits for its first one.',
  );

export type RepeatedControl = z.infer<typeof repeatedControlSchema>;

export const controlSchema = z
  .discriminatedUnion('state', [
    taskControlSchema,
    lostControlSchema,
    supersededControlSchema,
    excludedControlSchema,
    repeatedControlSchema,
  ])
  .meta({ title: 'Control', description: 'To every node. A node ignores a message whose `state` it does not know.' });
export type Control = z.infer<typeof controlSchema>;
