import * as z from 'zod';
import { timeSchema } from '../fields/fields';
import { jsonObjectSchema } from '../fields/json-object';
import { toSentence } from '../sentences/sentences';

export const portSchema = z.number().int().min(1).max(65_535);

export const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;
export const protocolSchema = z.enum(PROTOCOLS).describe('The protocol of a port');
export const PORT_STATES = ['open', 'closed', 'filtered', 'open|filtered'] as const;
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export const severitySchema = z.enum(SEVERITIES).describe('How bad a finding is');

/** Entries of `services`, and of `ports`, at most. */
export const MAX_SERVICES = 1_024;
export const MAX_HOSTNAMES = 100;
export const MAX_FINDINGS = 1_000;
export const MAX_FINDING_DATA_BYTES = 8_192;
/** Of `ports`, `hostnames` and `findings` together: an update has to fit into a message. */
export const MAX_STRUCTURE_BYTES = 524_288;

const text = (length: number) => z.string().max(length).optional();

export const portResultSchema = z
  .object({
    port: portSchema,
    protocol: protocolSchema,
    state: z.enum(PORT_STATES),
    service: text(100).describe('Its name, such as `http`'),
    product: text(200),
    version: text(100),
    banner: text(512).describe('What it sent'),
    tls: z
      .object({
        version: text(20),
        subject: text(512),
        issuer: text(512),
        not_before: timeSchema.optional(),
        not_after: timeSchema.optional(),
      })
      .optional()
      .describe('Of its certificate'),
  })
  .describe('What a scan knows of one port');
export type PortResult = z.infer<typeof portResultSchema>;

export const findingKindSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, toSentence('lower_case_name'))
  .describe('What it is about, such as `cve` or `default-login`');

/** Something that a scan found and that is more than an open port. */
export const findingSchema = z
  .object({
    id: z.string().min(1).max(200).describe('The same for the same finding in each scan, such as the name of a rule'),
    kind: findingKindSchema,
    severity: severitySchema.optional(),
    port: portSchema.optional(),
    protocol: protocolSchema.optional(),
    title: z.string().min(1).max(512),
    data: jsonObjectSchema({ maxBytes: MAX_FINDING_DATA_BYTES })
      .optional()
      .describe(`The scanner's own: a JSON object of at most ${MAX_FINDING_DATA_BYTES} bytes and 8 levels`),
  })
  .describe('Something that a scan found and that is more than an open port');
export type ReportedFinding = z.infer<typeof findingSchema>;

/**
 * Text from the network is hostile: it is capped here, put on one visible line when the update is read, and escaped
 * wherever it is shown.
 */
export const scanResultSchema = z
  .object({
    open_ports: z.array(portSchema).max(65_535),
    services: z
      .array(z.string().max(512))
      .max(MAX_SERVICES)
      .describe('`<port>/<protocol> <name> [banner]`, one per open port where known; printable characters only'),
    response_time: z.number().min(0).describe('Milliseconds of the quickest answer; 0 if nothing answered'),
    ports: z
      .array(portResultSchema)
      .max(MAX_SERVICES)
      .optional()
      .describe('What is known of each port, where the scanner says more than that it is open'),
    hostnames: z.array(z.string().min(1).max(253)).max(MAX_HOSTNAMES).optional().describe('Names of the address'),
    finding_count: z.number().int().min(1).optional().describe('How many findings it has, in `GET /api/findings`'),
  })
  .describe('What a scan found');
export type ScanResult = z.infer<typeof scanResultSchema>;

/** What a node reports. */
export const reportedResultSchema = scanResultSchema
  .omit({ finding_count: true })
  .extend({
    findings: z
      .array(findingSchema)
      .max(MAX_FINDINGS)
      .optional()
      .describe('What else it found; of those with one `id` the first counts'),
  })
  .superRefine(({ ports, hostnames, findings }, context) => {
    const parts = [ports, hostnames, findings];
    if (parts.every((part) => part === undefined)) return;
    if (new TextEncoder().encode(JSON.stringify(parts)).length <= MAX_STRUCTURE_BYTES) return;
    context.addIssue({ code: 'custom', message: toSentence('json_too_large', { limit: MAX_STRUCTURE_BYTES }) });
  })
  .describe(
    'What a scan found. The server adds what is open in `ports` to `open_ports`, and makes `services` of it if that ' +
      'is empty',
  );
export type ReportedResult = z.infer<typeof reportedResultSchema>;
