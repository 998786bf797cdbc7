import * as z from 'zod';
import { roleSchema } from '../../documents/api-key';
import { labelSchema } from '../../fields/fields';
import { emptyBodySchema, operationsOf } from '../operation';

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

/** The operations of the tag `session`. */
export const SESSION_OPERATIONS = operationsOf('session', {
  createSession: {
    route: 'POST /api/session',
    summary: 'Log in: get a session cookie for an API key',
    description:
      `The cookie \`${SESSION_COOKIE}\` then authenticates every request of a page of this origin, and its ` +
      `WebSockets. It ends after ${SESSION_HOURS} hours, with its API key, and by \`DELETE /api/session\`. Nothing ` +
      'of the API key is in it. This needs the API key in a header: a cookie alone gets 401.',
    role: 'viewer',
    networks: 'own',
    security: 'key',
    body: emptyBodySchema,
    answers: { 201: { when: 'The cookie is set; who calls', body: sessionViewSchema } },
  },
  getSession: {
    route: 'GET /api/session',
    summary: 'Who am I: by the session cookie, or by the API key',
    role: 'viewer',
    networks: 'own',
    answers: { 200: { when: 'Who calls', body: sessionViewSchema } },
  },
  endSession: {
    route: 'DELETE /api/session',
    summary: 'Log out: end the session of the cookie',
    description:
      'The session is refused at once on this replica, and within 5 seconds on every other one; its open ' +
      'connections are closed. By an API key there is no session, and nothing changes.',
    role: 'viewer',
    networks: 'own',
    answers: { 204: { when: 'The session has ended, and the cookie is removed' } },
  },
});

/** Their answers, by the names that generators of clients give to the types. */
export const SESSION_ANSWERS = { Session: sessionViewSchema };
