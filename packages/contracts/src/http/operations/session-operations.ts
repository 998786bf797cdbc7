import { SESSION_COOKIE, SESSION_HOURS, sessionViewSchema } from '../access/session';
import { emptyBodySchema, type Operation } from '../openapi/operation';

/** The operations of the tag `session`. */
export const SESSION_OPERATIONS = {
  createSession: {
    method: 'POST',
    path: '/api/session',
    tag: 'session',
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
    problems: [],
  },
  getSession: {
    method: 'GET',
    path: '/api/session',
    tag: 'session',
    summary: 'Who am I: by the session cookie, or by the API key',
    role: 'viewer',
    networks: 'own',
    answers: { 200: { when: 'Who calls', body: sessionViewSchema } },
    problems: [],
  },
  endSession: {
    method: 'DELETE',
    path: '/api/session',
    tag: 'session',
    summary: 'Log out: end the session of the cookie',
    description:
      'The session is refused at once on this replica, and within 5 seconds on every other one; its open ' +
      'connections are closed. By an API key there is no session, and nothing changes.',
    role: 'viewer',
    networks: 'own',
    answers: { 204: { when: 'The session has ended, and the cookie is removed' } },
    problems: [],
  },
} as const satisfies Record<string, Operation>;
