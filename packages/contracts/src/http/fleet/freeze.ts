import * as z from 'zod';
import { freezeKindSchema, freezeSchema } from '../../documents/freeze';
import { coversSchema } from '../../fields/covers';
import { countSchema, documentIdSchema, reasonSchema, reasonTextSchema, timeSchema } from '../../fields/fields';
import { runningScansSchema } from '../../fields/scan-windows';
import { toSentence } from '../../sentences/sentences';
import { operationsOf, pageOf } from '../operation';
import { CURSOR, pageShape } from '../tasks/task';

/** Freezes and blackouts that are not over, at most: each pass of a sweep asks for the tasks of each. */
export const MAX_FREEZES = 1_000;

/** `POST /api/freezes`. */
export const createFreezeBodySchema = z
  .strictObject({
    covers: coversSchema,
    reason: reasonTextSchema.refine((reason) => reason !== '', toSentence('say_why')),
    from: timeSchema.optional().describe('When a blackout begins. Absent: it is a freeze, and begins at once'),
    until: timeSchema
      .optional()
      .describe('When it ends, in the future. A blackout must have one; a freeze without one lasts until it is lifted'),
    running: runningScansSchema.default('end').describe('What it does to running scans'),
  })
  .refine(({ from, until }) => from === undefined || until !== undefined, {
    path: ['until'],
    message: toSentence('blackout_without_end'),
  })
  .refine(({ from, until }) => from === undefined || until === undefined || Date.parse(from) < Date.parse(until), {
    path: ['until'],
    message: toSentence('not_after_from'),
  })
  .describe('What begins nothing, why, and for how long');
export type CreateFreezeBody = z.infer<typeof createFreezeBodySchema>;

/** `GET /api/freezes`: newest first. */
export const listFreezesQuerySchema = z.strictObject({
  kind: freezeKindSchema.optional().describe('Only freezes, or only blackouts'),
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
});
export type ListFreezesQuery = z.infer<typeof listFreezesQuerySchema>;

/** A body of a DELETE may be lost on its way. */
export const liftFreezeQuerySchema = z.strictObject({ reason: reasonSchema.describe('For the audit log') });

const changedFreezeSchema = freezeSchema
  .extend({
    tasks: countSchema.describe('Open tasks that it holds, or held until it was lifted'),
    sent_to_nodes: z.boolean().describe('False while RabbitMQ is unavailable: nodes learn it when it is back'),
  })
  .describe('A freeze or a blackout, and what the command did to tasks');

/** The operations of the tag `freezes`. */
export const FREEZE_OPERATIONS = operationsOf('freezes', {
  listFreezes: {
    route: 'GET /api/freezes',
    summary: 'List freezes and blackouts, newest first',
    description: 'Those that hold, and blackouts to come. One that is over is in the audit log alone.',
    role: 'viewer',
    networks: 'freeze',
    query: listFreezesQuerySchema,
    answers: { 200: { when: 'A page of freezes and blackouts', body: pageOf(freezeSchema) } },
  },
  createFreeze: {
    route: 'POST /api/freezes',
    summary: 'Stop tasks from beginning anything',
    description:
      'Within two seconds no node begins another address of what it covers. Running scans end, or are aborted. ' +
      'Tasks keep their status, and continue when no rule holds them any more. A `from` makes it a blackout: a planned ' +
      'period. It covers tasks that are created later too.',
    role: 'operator',
    networks: 'freeze',
    body: createFreezeBodySchema,
    examples: {
      'stop everything': { covers: { all: true }, reason: 'the customer reports an outage' },
      'stop a pool, and what it scans now': { covers: { pool: 'default' }, running: 'abort', reason: 'a wrong target' },
      'a blackout of a network': {
        covers: { network: '127.0.0.0/24' },
        reason: 'maintenance of the firewall',
        from: '2099-12-31T22:00:00Z',
        until: '2100-01-01T04:00:00Z',
      },
    },
    answers: { 201: { when: 'It holds, or is planned', body: changedFreezeSchema } },
    problems: ['out_of_scope', 'too_many_freezes'],
  },
  liftFreeze: {
    route: 'DELETE /api/freezes/{freeze_id}',
    summary: 'Lift a freeze, or remove a blackout',
    description: 'Tasks that no other rule holds continue at once.',
    role: 'operator',
    networks: 'freeze',
    query: liftFreezeQuerySchema,
    answers: { 200: { when: 'It is lifted: as it was', body: changedFreezeSchema } },
    problems: ['freeze_not_found', 'rule_of_admin'],
  },
});

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const FREEZE_REQUESTS = { CreateFreeze: createFreezeBodySchema };
export const FREEZE_ANSWERS = {
  Freeze: freezeSchema,
  FreezePage: pageOf(freezeSchema),
  ChangedFreeze: changedFreezeSchema,
};
