import * as z from 'zod';
import {
  exclusionEntrySchema,
  exclusionListSchema,
  exclusionStateSchema,
  MAX_LIST_ENTRIES,
  MAX_LIST_PORTS,
} from '../../documents/exclusion';
import {
  countSchema,
  documentIdSchema,
  labelSchema,
  reasonTextSchema,
  requiredReasonSchema,
} from '../../fields/fields';
import { operationsOf, pageOf } from '../operation';
import { CURSOR, pageShape } from '../tasks/task';
import { liftExclusionQuerySchema } from './exclusion';

const bodyShape = {
  name: labelSchema.describe('What tasks show of it'),
  owner: labelSchema.describe('Who knows about it'),
  reason: requiredReasonSchema.describe('Why it is not scanned'),
  entries: z
    .string()
    .min(1)
    .describe(
      'A file. With a header `target`, and if you like `ports` and `note`, it is CSV. Without it each line is a target, ' +
        `then its ports, then \`#\` and a note. A target is an address, a network or a range. At most ${MAX_LIST_ENTRIES} ` +
        `entries with ${MAX_LIST_PORTS} different lists of ports. Entries that are repeated count once`,
    ),
  dry_run: z.boolean().default(false).describe('Say what would change, and do nothing'),
};

/** `POST /api/exclusion-lists`. */
export const createExclusionListBodySchema = z
  .strictObject(bodyShape)
  .describe('Many addresses, or ports of them, that are never scanned');

/** `PUT /api/exclusion-lists/{exclusion_id}`. */
export const replaceExclusionListBodySchema = z
  .strictObject({
    ...bodyShape,
    name: bodyShape.name.optional().describe('Absent: as before'),
    owner: bodyShape.owner.optional().describe('Absent: as before'),
    reason: bodyShape.reason.optional().describe('Absent: as before'),
  })
  .describe('What the list has from now on');

/** `GET /api/exclusion-lists`: newest first. */
export const listExclusionListsQuerySchema = z.strictObject({
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
});

/** `GET /api/exclusion-lists/{exclusion_id}/entries`. */
export const listExclusionEntriesQuerySchema = z.strictObject({
  ...pageShape,
  cursor: z
    .string()
    .regex(/^(0|[1-9]\d{0,5})$/)
    .optional()
    .describe(CURSOR),
  format: z
    .enum(['json', 'csv', 'text'])
    .optional()
    .describe('As `Accept`: csv and text are all entries, as an import takes them'),
});

/** A list as clients see it, without its entries. */
export const exclusionListViewSchema = exclusionListSchema
  .omit({ until: true, affected: true, entries: true })
  .extend({ state: exclusionStateSchema, lift_reason: reasonTextSchema.optional() })
  .describe('Many addresses, or ports of them, that are never scanned');
export type ExclusionListView = z.infer<typeof exclusionListViewSchema>;

export const exclusionListChangeSchema = z
  .strictObject({
    added: countSchema.describe('Entries that it did not have'),
    gone: countSchema.describe('Entries that it no longer has'),
    kept: countSchema.describe('Entries that stay. A note may be another'),
    list: exclusionListViewSchema.optional().describe('The list after it; absent in a dry run'),
    open_tasks: countSchema.optional().describe('In a dry run: open tasks that lose addresses by it'),
    lost_addresses: z
      .number()
      .min(0)
      .optional()
      .describe('In a dry run: targets that these tasks lose. Those that were scanned already count, too'),
    more_tasks: z.boolean().optional().describe('In a dry run: there are more open tasks than were read in 5 s'),
  })
  .describe('What a change does to an exclusion list, and to open tasks');
export type ExclusionListChange = z.infer<typeof exclusionListChangeSchema>;

/** The operations of exclusion lists: the tag `exclusions`. */
export const EXCLUSION_LIST_OPERATIONS = operationsOf('exclusions', {
  listExclusionLists: {
    route: 'GET /api/exclusion-lists',
    summary: 'List the exclusion lists that are in force, newest first',
    role: 'viewer',
    networks: 'exclusion',
    query: listExclusionListsQuerySchema,
    answers: { 200: { when: 'A page of lists, without their entries', body: pageOf(exclusionListViewSchema) } },
  },
  createExclusionList: {
    route: 'POST /api/exclusion-lists',
    summary: 'Exclude all that a file names',
    description:
      'As one exclusion for each line, but all or nothing: with a fault in any line nothing is stored, and `errors` ' +
      'names the first 20 lines with a fault. With `dry_run` it says which open tasks would lose how many addresses.',
    role: 'operator',
    networks: 'exclusion',
    body: createExclusionListBodySchema,
    examples: {
      'plain text': {
        name: 'hospital devices',
        owner: 'medical engineering',
        reason: 'scans have stopped them',
        entries: '10.1.2.3 # a heart monitor\n10.1.3.0/24 515,9100 # printers\n10.1.4.10-20\n',
      },
    },
    answers: {
      200: { when: 'Of a dry run: what it would do', body: exclusionListChangeSchema },
      201: { when: 'The list', body: exclusionListViewSchema, location: true },
    },
    problems: ['out_of_scope', 'too_many_exclusions'],
  },
  getExclusionList: {
    route: 'GET /api/exclusion-lists/{exclusion_id}',
    summary: 'Read an exclusion list, without its entries',
    role: 'viewer',
    networks: 'exclusion',
    answers: { 200: { when: 'The list', body: exclusionListViewSchema } },
    problems: ['document_unreadable', 'exclusion_not_found'],
  },
  replaceExclusionList: {
    route: 'PUT /api/exclusion-lists/{exclusion_id}',
    summary: 'Replace the entries of an exclusion list',
    description:
      'All at once: no scan ever sees a part of both. What is gone is no longer cancelled from then on; what was ' +
      'cancelled stays CANCELLED.',
    role: 'operator',
    networks: 'exclusion',
    body: replaceExclusionListBodySchema,
    examples: { 'plain text': { entries: '10.1.2.3 # a heart monitor\n10.1.3.0/24 515,9100 # printers\n' } },
    answers: { 200: { when: 'What changed, or would change', body: exclusionListChangeSchema } },
    problems: ['document_unreadable', 'exclusion_not_found', 'out_of_scope', 'too_many_exclusions', 'rule_of_admin'],
  },
  deleteExclusionList: {
    route: 'DELETE /api/exclusion-lists/{exclusion_id}',
    summary: 'Lift all that an exclusion list names',
    description: 'What it cancelled stays CANCELLED. It is kept for 90 days. Without effect on one that has ended.',
    role: 'operator',
    networks: 'exclusion',
    query: liftExclusionQuerySchema,
    answers: { 200: { when: 'The list after it', body: exclusionListViewSchema } },
    problems: ['exclusion_not_found', 'rule_of_admin'],
  },
  listExclusionEntries: {
    route: 'GET /api/exclusion-lists/{exclusion_id}/entries',
    summary: 'List the entries of an exclusion list, in their order',
    role: 'viewer',
    networks: 'exclusion',
    query: listExclusionEntriesQuerySchema,
    answers: { 200: { when: 'A page of entries', body: pageOf(exclusionEntrySchema) } },
    streams: {
      'text/csv':
        'One row per entry, with the columns target, ports, note (RFC 4180). Text that a spreadsheet could take for a ' +
        'formula begins with an apostrophe.',
      'text/plain': 'One line per entry: the target, its ports, `#` and its note',
    },
    problems: ['document_unreadable', 'exclusion_not_found'],
  },
});

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const EXCLUSION_LIST_REQUESTS = {
  CreateExclusionList: createExclusionListBodySchema,
  ReplaceExclusionList: replaceExclusionListBodySchema,
};
export const EXCLUSION_LIST_ANSWERS = {
  ExclusionList: exclusionListViewSchema,
  ExclusionListPage: pageOf(exclusionListViewSchema),
  ExclusionListChange: exclusionListChangeSchema,
  ExclusionEntry: exclusionEntrySchema,
  ExclusionEntryPage: pageOf(exclusionEntrySchema),
};
