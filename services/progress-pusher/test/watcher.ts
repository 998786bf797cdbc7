import { type ProgressUpdate, progressUpdateSchema } from '@cyberstroll/contracts';
import { createLogger, loadConfig } from '@cyberstroll/runtime';
import type { Testbed } from '@cyberstroll/testkit';
import { WebSocket } from 'ws';
import { configShape } from '../src/config';
import { createProgressPusherService } from '../src/service';

export const KEY = 'viewer-0123456789abcdef';
const logger = createLogger({ service: 'progress-pusher', instance: 'test', level: 'silent' });

/** The service under test, with its own environment. */
export function createService(testbed: Testbed, env: Record<string, string> = {}) {
  const config = loadConfig(configShape, {
    MONGODB_URI: testbed.mongodb_uri,
    REDIS_URL: testbed.redis_url,
    REDIS_PREFIX: testbed.redis_prefix,
    API_KEYS: `vera:viewer:${KEY}`,
    ...env,
  });
  return createProgressPusherService(config, logger);
}

export interface Watcher {
  socket: WebSocket;
  frames: ProgressUpdate[];
  closed: Promise<number>;
}

/** An open subscriber that keeps what it got. Rejects with `HTTP <status> <code>` where the upgrade was refused. */
export function watch(
  port: number,
  taskId: string,
  options: { headers?: Record<string, string>; query?: string } = {},
): Promise<Watcher> {
  const { headers = { authorization: `Bearer ${KEY}` }, query = '' } = options;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/tasks/${taskId}/progress${query}`, { headers });
  const frames: ProgressUpdate[] = [];
  socket.on('message', (data) => frames.push(progressUpdateSchema.parse(JSON.parse(String(data)))));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ socket, frames, closed }));
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => reject(new Error(`HTTP ${response.statusCode} ${JSON.parse(body).code}`)));
    });
  });
}
