/** The task API and the progress WebSocket as a client of the running stack uses them: over the wire, nothing else. */
import { randomUUID } from 'node:crypto';
import type { CreateTaskBody, Node, Page, ProgressUpdate, SubTask, Task } from '@cyberstroll/contracts';
import type { StackDescription } from '@cyberstroll/local';
import { checkAnswer, eventually, type ProgressWatch, watchProgress } from '@cyberstroll/testkit';

/** A document as JSON carries it: times are ISO 8601 text. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

export type TaskView = Wire<Task>;
export type SubTaskView = Wire<SubTask>;
export type NodeView = Wire<Node>;

export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface CreateTask extends Pick<CreateTaskBody, 'task_target'> {
  exclude_target?: string;
  labels?: string[];
  ports?: string;
  method?: 'connect' | 'nmap';
  config?: Partial<CreateTaskBody['config']> & Pick<CreateTaskBody, 'error_threshold'>;
}

export interface Api {
  call<Body = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Answer<Body>>;
  /** As `call`, but resolves with the body and throws unless the answer is 2xx. */
  get<Body = Record<string, unknown>>(path: string): Promise<Body>;
  createTask(task: CreateTask): Promise<TaskView>;
  getTask(taskId: string): Promise<TaskView>;
  getProgress(taskId: string): Promise<ProgressUpdate>;
  command(taskId: string, command: 'pause' | 'resume' | 'cancel' | 'retry'): Promise<Answer<Record<string, unknown>>>;
  /** All of them, page after page. */
  findSubTasks(taskId: string, query?: { status?: string; limit?: number }): Promise<SubTaskView[]>;
  findNodes(): Promise<NodeView[]>;
  /** Resolves when connected. */
  watch(taskId: string): Promise<ProgressWatch>;
}

const CREATE_WITHIN = { timeoutMs: 120_000, intervalMs: 500 };

export function createApi({ api_url, ws_url, api_key }: Pick<StackDescription, 'api_url' | 'ws_url' | 'api_key'>): Api {
  const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' };

  async function call<Body>(method: string, path: string, body?: unknown, others = {}): Promise<Answer<Body>> {
    const json = body !== undefined && { body: JSON.stringify(body) };
    const send = () => fetch(`${api_url}${path}`, { method, headers: { ...headers, ...others }, ...json });
    // The server may close an idle connection while a request is on its way into it.
    const response = await (method === 'GET' ? send().catch(send) : send());
    const { status, headers: received } = response;
    const answer = { status, headers: received, body: (await response.json()) as Body };
    checkAnswer({ method, path, ...answer });
    return answer;
  }

  async function get<Body>(path: string): Promise<Body> {
    const { status, body } = await call<Body>('GET', path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  return {
    call,
    get,
    async createTask({ ports = '80', method = 'connect', ...task }) {
      const body = { task_initiator: '张三', task_category: '夜间扫描', ...task, scan: { ports, method } };
      // As a good client it asks again while the system is behind or cannot answer: on a slow machine it may be so.
      const repeatable = { 'idempotency-key': randomUUID() };
      const answer = await eventually(async () => {
        const { status, ...rest } = await call<TaskView>('POST', '/api/tasks', body, repeatable);
        return status !== 429 && status !== 503 && { status, ...rest };
      }, CREATE_WITHIN);
      if (answer.status !== 201) throw new Error(`create: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    getTask: (taskId) => get(`/api/tasks/${taskId}`),
    getProgress: (taskId) => get(`/api/tasks/${taskId}/progress`),
    command: (taskId, command) => call('POST', `/api/tasks/${taskId}/${command}`, { reason: `e2e ${command}` }),
    async findSubTasks(taskId, { status, limit = 1_000 } = {}) {
      const found: SubTaskView[] = [];
      let cursor: string | undefined;
      do {
        const query = new URLSearchParams({
          limit: String(limit),
          ...(status && { status }),
          ...(cursor && { cursor }),
        });
        const page: Page<SubTaskView> = await get(`/api/tasks/${taskId}/subtasks?${query}`);
        found.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor !== undefined);
      return found;
    },
    findNodes: async () => (await get<Page<NodeView>>('/api/nodes')).items,
    watch: (taskId) => watchProgress(ws_url, taskId, { key: api_key }),
  };
}
