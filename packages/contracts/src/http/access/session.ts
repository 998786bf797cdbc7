import * as z from 'zod';
import { roleSchema } from '../../documents/api-key';
import { labelSchema } from '../../fields/fields';

/** The cookie that authenticates a page of the dashboard, instead of an API key. */
export const SESSION_COOKIE = 'cyberstroll_session';
/** A session ends after this many hours, also while it is used. */
export const SESSION_HOURS = 12;

/** `GET /api/session`, `POST /api/session`: who calls. */
export const sessionViewSchema = z
  .object({
    key: labelSchema.describe('The name of the API key: the operator in histories and in the audit log'),
    role: roleSchema,
    networks: z.array(z.string()).optional().describe('The networks of the API key; absent: all'),
    expires_time: z
      .date()
      .optional()
      .describe('When the session ends, or the API key if that is earlier or there is no session; absent: never'),
  })
  .describe('Who calls');
export type SessionView = z.infer<typeof sessionViewSchema>;
