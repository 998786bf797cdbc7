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
  /** The key of a header; one in the query counts where there is none. */
  headerKey: string | undefined;
  isKey: (secret: string) => boolean;
}

/** The request names only a path. */
const BASE = 'ws://host';

/** Whether a client may watch, and which task. Who has no valid key learns nothing of tasks. */
export function judgeUpgrade(facts: UpgradeFacts): { taskId: string } | Refusal {
  const url = URL.canParse(facts.url, BASE) ? new URL(facts.url, BASE) : undefined;
  const path = /^\/ws\/tasks\/([^/]+)\/progress$/.exec(url?.pathname ?? '');
  if (!url || !path) return { status: 404, code: 'route_not_found', detail: 'there is nothing at this path' };
  if (facts.origin !== undefined && !facts.allowedOrigins.includes(facts.origin)) {
    return { status: 403, code: 'origin_not_allowed', detail: 'pages of this origin may not connect' };
  }
  const key = facts.headerKey ?? url.searchParams.get('key');
  if (!key) return { status: 401, code: 'unauthorised', detail: 'an API key is needed: Authorization: Bearer <key>' };
  if (!facts.isKey(key)) return { status: 401, code: 'unauthorised', detail: 'the API key is not known' };
  const taskId = taskIdSchema.safeParse(path[1]);
  return taskId.success ? { taskId: taskId.data } : TASK_NOT_FOUND;
}

export const TASK_NOT_FOUND: Refusal = { status: 404, code: 'task_not_found', detail: 'there is no such task' };
