import { type ProgressUpdate, progressUpdateSchema } from '@cyberstroll/contracts';
import { WebSocket } from 'ws';
import { KEY } from './create-service';

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
