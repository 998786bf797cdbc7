/** The inventory: what is open on each address, over all tasks. */
import * as z from 'zod';
import {
  findingSchema,
  MAX_HOSTNAMES,
  portResultSchema,
  protocolSchema,
  SEVERITIES,
  severitySchema,
} from '../../documents/scan-result';
import {
  labelSchema,
  MAX_LABELS,
  methodSchema,
  networkSchema,
  pageLimitSchema,
  queryPortSchema,
  subTaskIdSchema,
  taskIdSchema,
  timeSchema,
  visibleText,
} from '../../fields/fields';
import { toSentence } from '../../sentences/sentences';
import { oneOrMore } from '../one-or-more';
import { CURSOR } from '../tasks/task';

/** Services and findings that a host keeps at most: of more, those that are gone the longest are dropped. */
export const MAX_HOST_SERVICES = 2_048;
export const MAX_HOST_FINDINGS = 2_048;

const scanShape = {
  first_seen: z.date().describe('When the first scan that saw it completed'),
  last_seen: z.date().describe('When the last scan that saw it completed'),
  last_checked: z.date().describe('When the last scan that would have seen it completed'),
  task_id: taskIdSchema.describe('The task that saw it last'),
  subtask_id: subTaskIdSchema,
};

export const serviceStateSchema = z
  .enum(['open', 'closed'])
  .describe('`closed`: a later scan of the port did not find it open');
/** Which services a list counts. */
export const countedStateSchema = z
  .enum(['open', 'closed', 'any'])
  .describe('Which services count: those that are open, those that are closed, or both');

export const hostServiceSchema = z
  .strictObject({
    ...portResultSchema.omit({ state: true }).shape,
    state: serviceStateSchema,
    ...scanShape,
    closed_since: z.date().optional().describe('When the first scan that did not find it open any more completed'),
  })
  .describe('A port that is open on a host, or was, as the last scan saw it');
export type HostService = z.infer<typeof hostServiceSchema>;

export const hostFindingSchema = z
  .strictObject({
    finding_id: findingSchema.shape.id,
    ...findingSchema.omit({ id: true, data: true }).shape,
    state: z.enum(['open', 'gone']).describe('`gone`: a later scan by the same method and options did not report it'),
    method: methodSchema.describe('The method of the scan'),
    ...scanShape,
    gone_since: z.date().optional().describe('When the first scan that did not report it any more completed'),
  })
  .describe('A finding on a host. Its `data` is in `GET /api/findings`');
export type HostFinding = z.infer<typeof hostFindingSchema>;

export const hostSchema = z
  .strictObject({
    ip: z.string().describe('An IPv4 or IPv6 address'),
    first_seen: z.date().describe('When the first scan that found something on it completed'),
    last_seen: z.date().describe('When the last scan that found something on it completed'),
    last_scanned: z.date().describe('When the last scan of it completed'),
    hostnames: z
      .array(z.string())
      .max(MAX_HOSTNAMES)
      .optional()
      .describe('Names that scans reported, the newest first'),
    labels: z.array(z.string()).max(MAX_LABELS).optional().describe('Labels of the task that found something last'),
    services: z.array(hostServiceSchema).max(MAX_HOST_SERVICES).describe('By port'),
    findings: z.array(hostFindingSchema).max(MAX_HOST_FINDINGS),
  })
  .describe('An address on which a scan found an open port or reported a finding');
export type Host = z.infer<typeof hostSchema>;

/** One row of `GET /api/services`. */
export const serviceViewSchema = z
  .strictObject({ ip: hostSchema.shape.ip, ...hostServiceSchema.shape })
  .describe('A service of a host');
export type FoundService = z.infer<typeof serviceViewSchema>;

export const INVENTORY_CHANGE_KINDS = [
  'host_appeared',
  'port_opened',
  'port_closed',
  'service_changed',
  'finding_new',
  'finding_gone',
  'finding_back',
] as const;
export const inventoryChangeKindSchema = z
  .enum(INVENTORY_CHANGE_KINDS)
  .describe('What changed. `port_opened`: also one that was closed before');
export type InventoryChangeKind = z.infer<typeof inventoryChangeKindSchema>;

/** Days that a change is kept. */
export const INVENTORY_CHANGE_DAYS = 90;

export const inventoryChangeSchema = z
  .strictObject({
    change: z.number().int().min(1).describe('Its number: it rises, with gaps'),
    time: z.date().describe('When the scan that showed it completed'),
    ip: hostSchema.shape.ip,
    kind: inventoryChangeKindSchema,
    port: portResultSchema.shape.port.optional(),
    protocol: protocolSchema.optional(),
    before: z.string().optional().describe('Service, product and version before, if they were known'),
    after: z.string().optional().describe('Service, product and version now, if they are known'),
    finding_id: findingSchema.shape.id.optional(),
    severity: severitySchema.optional(),
    title: findingSchema.shape.title.optional(),
    labels: hostSchema.shape.labels.describe('Labels of the task'),
    task_id: taskIdSchema,
    subtask_id: subTaskIdSchema,
  })
  .describe('A change of the inventory');
export type InventoryChange = z.infer<typeof inventoryChangeSchema>;

const part = (what: string) => visibleText(100).optional().describe(`Only with ${what}, in any case`);

const filterShape = {
  target: networkSchema.optional().describe('Only this address, or addresses in this network'),
  port: queryPortSchema.optional().describe('Only with this port'),
  service: part('a service whose name contains this text'),
  product: part('a service whose product or version contains this text'),
  label: labelSchema.optional().describe('Only hosts whose `labels` have this one'),
  state: countedStateSchema.default('open'),
  seen_after: timeSchema.optional().describe('Only what was seen at this time or later'),
  seen_before: timeSchema.optional().describe('Only what was last seen before this time'),
  new_after: timeSchema.optional().describe('Only what was first seen at this time or later'),
  limit: pageLimitSchema,
};

/** `GET /api/hosts`. The ages are those of the host. */
export const listHostsQuerySchema = z.strictObject({
  ...filterShape,
  severity: oneOrMore(severitySchema, SEVERITIES.length).describe('Only with an open finding of one of these'),
  cursor: z
    .string()
    .regex(/^(4[0-9a-f]{8}|6[0-9a-f]{32})-[0-9a-f]{8}$/, toSentence('next_cursor'))
    .optional()
    .describe(CURSOR),
});
export type ListHostsQuery = z.infer<typeof listHostsQuerySchema>;

/** `GET /api/services`. The ages are those of the service. */
export const listServicesQuerySchema = z.strictObject({
  ...filterShape,
  protocol: protocolSchema.optional(),
  cursor: z
    .string()
    .regex(/^(4[0-9a-f]{8}|6[0-9a-f]{32})-\d{1,5}-(tcp|udp|sctp)-[0-9a-f]{8}$/, toSentence('next_cursor'))
    .optional()
    .describe(CURSOR),
});
export type ListServicesQuery = z.infer<typeof listServicesQuerySchema>;

export const CHANGE_NUMBER: RegExp = /^\d{1,15}$/;
const fromSchema = z.string().regex(CHANGE_NUMBER, toSentence('next_cursor')).optional();

/** Which changes of the inventory: of a list, a stream, a webhook. */
export const changeFilterShape = {
  target: filterShape.target,
  kind: oneOrMore(inventoryChangeKindSchema, INVENTORY_CHANGE_KINDS.length).describe(
    'Only these; repeat it for several',
  ),
  port: filterShape.port,
  severity: oneOrMore(severitySchema, SEVERITIES.length).describe('Only findings of one of these'),
  label: labelSchema.optional().describe('Only changes that tasks with this label showed'),
};

/** `GET /api/changes`. */
export const listChangesQuerySchema = z.strictObject({
  from: fromSchema.describe(
    'Only changes after the one with this number: `next` of the answer before. Absent: from the oldest',
  ),
  ...changeFilterShape,
  limit: pageLimitSchema,
});
export type ListChangesQuery = z.infer<typeof listChangesQuerySchema>;

/** `GET /api/changes/events`. */
export const streamChangesQuerySchema = z.strictObject({
  from: fromSchema.describe('Only changes after the one with this number. Absent: those from now on'),
  ...changeFilterShape,
});

export const changePageSchema = z
  .strictObject({
    items: z.array(inventoryChangeSchema).describe('The oldest first'),
    next: z.string().describe('Ask with it as `from` for what follows, now or later'),
    is_complete: z.boolean().describe('Whether these are all changes until now'),
  })
  .describe('Changes of the inventory');
export type ChangePage = z.infer<typeof changePageSchema>;
