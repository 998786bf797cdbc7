import * as z from 'zod';
import { labelSchema } from '../fields/fields';

/** Who sent a command, for what it brings about later; never shown. */
export const ownerShape = {
  /** Of the operator, unless it is one of API_KEYS. */
  key_id: z.string().optional(),
  /** For the audit log's entries. */
  sender: z.object({ role: z.string(), address: z.string(), request_id: z.string() }).optional(),
};

/** In whose name something is created later. */
export const ownerSchema = z.object({ operator: labelSchema, ...ownerShape });
export type Owner = z.infer<typeof ownerSchema>;
