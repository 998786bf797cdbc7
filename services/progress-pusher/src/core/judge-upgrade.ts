import { taskIdSchema } from '@cyberstroll/contracts';

export interface Refusal {
  status: number;
  code: string;
  detail: string;
}

export interface UpgradeFacts {
  /** Path with its query. */
  url: string;
  origin: string | undefined;
  allowedOrigins: readonly string[];
  /** The key of a header; a ticket counts where there is none. */
  headerKey: string | undefined;
  /** The name of the API key. */
  findKeyName: (secret: string) => string | undefined;
}

/** Which task a client may watch with which API key, or wants to by a ticket, which is not looked at here. */
export type Admission = { taskId: string; key: string } | { taskId: string; ticket: string };

/** The request names only a path. */
const BASE = 'ws://host';

/** Whether a client may watch, and which task. Who has no valid key learns nothing of tasks. */
export function judgeUpgrade(facts: UpgradeFacts): Admission | Refusal {
  const url = URL.canParse(facts.url, BASE) ? new URL(facts.url, BASE) : undefined;
  const path = /^\/ws\/tasks\/([^/]+)\/progress$/.exec(url?.pathname ?? '');
  if (!url || !path) return { status: 404, code: 'route_not_found', detail: 'there is nothing at this path' };
  if (facts.origin !== undefined && !facts.allowedOrigins.includes(facts.origin)) {
    return { status: 403, code: 'origin_not_allowed', detail: 'pages of this origin may not connect' };
  }
  const ticket = url.searchParams.get('ticket');
  const taskId = taskIdSchema.safeParse(path[1]);
  if (facts.headerKey === undefined && ticket) return taskId.success ? { taskId: taskId.data, ticket } : BAD_TICKET;
  if (!facts.headerKey) {
    return toUnauthorised('an API key is needed: Authorization: Bearer <key>, or ?ticket= of POST /api/tasks/…/ticket');
  }
  const key = facts.findKeyName(facts.headerKey);
  if (key === undefined) return toUnauthorised('the API key is not known');
  return taskId.success ? { taskId: taskId.data, key } : TASK_NOT_FOUND;
}

const toUnauthorised = (detail: string): Refusal => ({ status: 401, code: 'unauthorised', detail });

export const TASK_NOT_FOUND: Refusal = { status: 404, code: 'task_not_found', detail: 'there is no such task' };
export const BAD_TICKET = toUnauthorised('the ticket was used before, has expired, or is of another task');
