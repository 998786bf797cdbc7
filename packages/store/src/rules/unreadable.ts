/**
 * What is stored and cannot be read, for the alert that names it: rules, and what sweeps read in lists. Another program
 * has written it, or a later release. Readers set it aside and continue.
 */
import {
  alertDocumentSchema,
  apiKeySchema,
  describeFaults,
  exclusionListSchema,
  exclusionSchema,
  freezeSchema,
  limitSchema,
  nodeSchema,
  operationSchema,
  scheduleSchema,
  taskEndDocumentSchema,
  taskSchema,
} from '@cyberstroll/contracts';
import type { mongo } from 'mongoose';
import * as z from 'zod';
import type { Database } from '../mongodb/models/database';
import { findUnsettledTasks } from '../mongodb/models/find-tasks';
import { IS_LIST, notOver } from './read-rules';

export interface Unreadable {
  /** `limit`, a space and the id. */
  subject: string;
  fault: string;
}

/** Open tasks of one read. The next read continues after them. */
const PAGE = 500;

const toLists = (now: Date) => ({ ...notOver(now), ...IS_LIST });
const openOperationSchema = operationSchema.extend({ task_ids: z.array(z.string()), place: z.number() });
const entriesSchema = exclusionListSchema.pick({ entries: true });
/** What can be long, and is shown alone. */
const LONG = { status_history: true, task_target: true, exclude_target: true, excluded: true } as const;
const openTaskSchema = taskSchema.omit(LONG);
const HAS_DELIVERIES = [{ 'notices.timestamp': { $exists: true } }, { 'deliveries.target': { $exists: true } }];

/** By the word of a subject: where it is stored, its id, and which of them are read. */
const toKinds = (now: Date) =>
  ({
    limit: ['limits', 'limit_id', limitSchema, {}],
    freeze: ['freezes', 'freeze_id', freezeSchema, notOver(now)],
    exclusion: ['exclusions', 'exclusion_id', exclusionSchema, { ...notOver(now), revision: { $exists: false } }],
    exclusion_list: ['exclusions', 'exclusion_id', exclusionListSchema.omit({ entries: true }), toLists(now)],
    schedule: ['schedules', 'schedule_id', scheduleSchema, {}],
    key: ['apiKeys', 'key_id', apiKeySchema, { active: true }],
    node: ['nodes', 'node_id', nodeSchema.omit({ current_tasks: true }), {}],
    operation: ['operations', 'operation_id', openOperationSchema, { state: { $in: ['waiting', 'running'] } }],
    alert: ['alerts', 'alert_id', alertDocumentSchema, { $or: [{ active: true }, ...HAS_DELIVERIES] }],
    notice: ['taskEnds', 'end_id', taskEndDocumentSchema, { $or: HAS_DELIVERIES }],
  }) as const;

export function createUnreadable(db: Database) {
  /** After this task id. */
  let after = '';

  /** Of lists, by id and revision: what is wrong with their entries. */
  let ofEntries = new Map<string, Unreadable[]>();

  const find = (collection: unknown, filter: object, fields: Record<string, 0> = {}) =>
    (collection as mongo.Collection).find(filter, { projection: fields });

  async function findTasks(subjects: readonly string[]): Promise<Unreadable[]> {
    const left = Object.fromEntries(Object.keys(LONG).map((field) => [field, 0 as const]));
    const open = findUnsettledTasks(db, ['task_id'], { after }).project(left).limit(PAGE);
    const page = await open.toArray();
    after = page.length < PAGE ? '' : String(page.at(-1)!['task_id']);
    const ids = subjects.flatMap((subject) => /^task (.+)$/.exec(subject)?.[1] ?? []);
    const named =
      ids.length === 0
        ? []
        : await find(db.tasks, { task_id: { $in: ids } }, left)
            .sort({ task_id: 1 })
            .toArray();
    return toUnreadable('task', 'task_id', openTaskSchema, [...page, ...named]);
  }

  /** The entries of a list are read once for each of its revisions: those of all lists are megabytes. */
  async function findEntries(now: Date): Promise<Unreadable[]> {
    const projection = { exclusion_id: 1, revision: 1 } as const;
    const heads = await db.exclusions.find(toLists(now), { projection }).toArray();
    const known = await Promise.all(
      heads.map(async (head) => {
        const key = JSON.stringify(head);
        const read = () => find(db.exclusions, { _id: head._id }, { affected: 0 }).toArray();
        const found = ofEntries.get(key) ?? toUnreadable('exclusion_list', 'exclusion_id', entriesSchema, await read());
        return [key, found] as const;
      }),
    );
    ofEntries = new Map(known);
    return known.flatMap(([, found]) => found);
  }

  return {
    /** Those of a page of the open tasks and of all else; of `subjects` in any case. */
    async find(subjects: readonly string[], now: Date): Promise<Unreadable[]> {
      const kinds = Object.entries(toKinds(now)).map(async ([kind, [collection, id, schema, filter]]) =>
        toUnreadable(kind, id, schema, await find(db[collection], filter, { entries: 0 }).toArray()),
      );
      const found = (await Promise.all([...kinds, findEntries(now), findTasks(subjects)])).flat();
      return [...new Map(found.map((each) => [each.subject, each])).values()];
    },
  };
}

function toUnreadable(kind: string, id: string, schema: z.ZodType, documents: readonly mongo.Document[]): Unreadable[] {
  return documents.flatMap((document) => {
    const read = schema.safeParse(document);
    if (read.success) return [];
    const name = typeof document[id] === 'string' ? document[id] : String(document['_id']);
    return [{ subject: `${kind} ${name}`, fault: describeFaults(read.error).slice(0, MAX_FAULT) }];
  });
}

const MAX_FAULT = 300;
