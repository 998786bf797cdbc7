import { randomUUID } from 'node:crypto';
import type { ProgressUpdate } from '@cyberstroll/contracts';
import type { StackDescription } from '@cyberstroll/local';
import { delay } from '@cyberstroll/runtime';
import { WebSocket } from 'ws';

export interface BenchApi {
  /** A task that is refused because of a backlog, or has no answer in time, is sent again until it is accepted. */
  createTask(targets: string, config?: object, category?: string, ports?: string): Promise<string>;
  cancelTask(taskId: string): Promise<void>;
  getTask(taskId: string): Promise<Record<string, unknown>>;
  /** Calls back with each frame until closed. */
  watch(taskId: string, onFrame: (frame: ProgressUpdate) => void): Promise<{ close(): void }>;
  /** Resolves with the frame that says that the task has ended. */
  waitForEnd(taskId: string): Promise<ProgressUpdate>;
}

/** How long a new task may be refused. */
const ACCEPTED_WITHIN_MS = 60_000;
/** The system looks at its backlog once a second. */
const SEND_AGAIN_MS = 500;

/** Refusals that pass. */
const SENT_AGAIN: readonly unknown[] = ['backlog_full', 'no_answer_in_time'];

const ENDED = ['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT'];

/** After `signal` every call rejects, and every WebSocket is closed. */
export function createBenchApi({ api_url, ws_url, api_key }: StackDescription, signal?: AbortSignal): BenchApi {
  const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' };

  async function send(path: string, init?: RequestInit) {
    const response = await fetch(`${api_url}${path}`, { ...init, headers: { ...headers, ...init?.headers }, signal });
    return { response, body: (await response.json()) as Record<string, unknown> };
  }

  async function call(path: string, init?: RequestInit, waitMs = 0): Promise<Record<string, unknown>> {
    const deadline = performance.now() + waitMs;
    let { response, body } = await send(path, init);
    while (SENT_AGAIN.includes(body['code']) && performance.now() < deadline) {
      await delay(SEND_AGAIN_MS, signal);
      ({ response, body } = await send(path, init));
    }
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`);
    return body;
  }

  async function watch(taskId: string, onFrame: (frame: ProgressUpdate) => void) {
    const socket = new WebSocket(`${ws_url}/ws/tasks/${taskId}/progress`, { headers });
    socket.on('message', (data) => onFrame(JSON.parse(data.toString()) as ProgressUpdate));
    const close = () => socket.terminate();
    signal?.addEventListener('abort', close, { once: true });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return { close };
  }

  return {
    async createTask(targets, config = {}, category = 'bench', ports = '80') {
      const body = {
        task_target: targets,
        task_initiator: 'bench',
        task_category: category,
        scan: { ports },
        config,
      };
      const init = { method: 'POST', headers: { 'idempotency-key': randomUUID() }, body: JSON.stringify(body) };
      const task = await call('/api/tasks', init, ACCEPTED_WITHIN_MS);
      return task['task_id'] as string;
    },
    async cancelTask(taskId) {
      await call(`/api/tasks/${taskId}/cancel`, { method: 'POST' });
    },
    getTask: (taskId) => call(`/api/tasks/${taskId}`),
    watch,
    async waitForEnd(taskId) {
      let done: (frame: ProgressUpdate) => void = () => undefined;
      const ended = new Promise<ProgressUpdate>((resolve, reject) => {
        done = resolve;
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      ended.catch(() => undefined);
      const watching = await watch(taskId, (frame) => ENDED.includes(frame.status) && done(frame));
      return ended.finally(() => watching.close());
    },
  };
}
