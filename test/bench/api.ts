import type { ProgressUpdate } from '@cyberstroll/contracts';
import type { StackDescription } from '@cyberstroll/local';
import { WebSocket } from 'ws';

export interface BenchApi {
  createTask(targets: string, config?: object): Promise<string>;
  getTask(taskId: string): Promise<Record<string, unknown>>;
  /** Calls back with each frame until closed. */
  watch(taskId: string, onFrame: (frame: ProgressUpdate) => void): Promise<{ close(): void }>;
  /** Resolves with the frame that says that the task has ended. */
  waitForEnd(taskId: string): Promise<ProgressUpdate>;
}

const ENDED = ['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT'];

export function createBenchApi({ api_url, ws_url, api_key }: StackDescription): BenchApi {
  const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' };

  async function call(path: string, init?: RequestInit): Promise<Record<string, unknown>> {
    const response = await fetch(`${api_url}${path}`, { ...init, headers });
    const body = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`);
    return body;
  }

  async function watch(taskId: string, onFrame: (frame: ProgressUpdate) => void) {
    const socket = new WebSocket(`${ws_url}/ws/tasks/${taskId}/progress`, { headers });
    socket.on('message', (data) => onFrame(JSON.parse(data.toString()) as ProgressUpdate));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return { close: () => socket.terminate() };
  }

  return {
    async createTask(targets, config = {}) {
      const body = {
        task_target: targets,
        task_initiator: 'bench',
        task_category: 'bench',
        scan: { ports: '80' },
        config,
      };
      const task = await call('/api/tasks', { method: 'POST', body: JSON.stringify(body) });
      return task['task_id'] as string;
    },
    getTask: (taskId) => call(`/api/tasks/${taskId}`),
    watch,
    async waitForEnd(taskId) {
      let done: (frame: ProgressUpdate) => void = () => undefined;
      const ended = new Promise<ProgressUpdate>((resolve) => {
        done = resolve;
      });
      const watching = await watch(taskId, (frame) => ENDED.includes(frame.status) && done(frame));
      return ended.finally(() => watching.close());
    },
  };
}
