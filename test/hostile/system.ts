import { createLogger, loadConfig, type Service } from '@cyberstroll/runtime';
import { createTestbed, toVariables } from '@cyberstroll/testkit';
import mongoose from 'mongoose';
import { configShape as pusherConfigShape } from '../../services/progress-pusher/src/config';
import { createProgressPusherService } from '../../services/progress-pusher/src/service';
import { configShape as apiConfigShape } from '../../services/task-api/src/config';
import { createTaskApiService } from '../../services/task-api/src/service';
import type { Target } from './hostile-case';

const KEYS = {
  viewer: 'viewer-0123456789abcdef',
  operator: 'operator-0123456789abcdef',
  admin: 'admin-0123456789abcdef',
};
const ORIGIN = 'https://ui.example';

/** task-api and progress-pusher in this process, on real engines, and one task that nothing may change. */
export async function startSystem() {
  const testbed = await createTestbed();
  const environment = {
    ...toVariables(testbed),
    API_KEYS: Object.entries(KEYS)
      .map(([role, secret]) => `${role}-1:${role}:${secret}`)
      .join(','),
    CORS_ORIGINS: ORIGIN,
    ALLOWED_ORIGINS: ORIGIN,
    RATE_LIMIT_PER_MINUTE: '100000',
    DASHBOARD: 'false',
  };
  const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  const api = createTaskApiService(loadConfig(apiConfigShape, environment), logger);
  const pusher = createProgressPusherService(loadConfig(pusherConfigShape, environment), logger);
  const services: Record<'task-api' | 'progress-pusher', Service> = { 'task-api': api, 'progress-pusher': pusher };
  for (const service of [api, pusher]) await service.start();
  const database = await mongoose.createConnection(testbed.mongodb_uri).asPromise();
  const taskId = await createTask(api.port());
  const target: Target = { taskId, subTaskId: `${taskId}-0`, keys: KEYS, origin: ORIGIN };
  return {
    target,
    toPort: (name: keyof typeof services) => services[name].port(),
    toEnvironment: () => environment,
    /** All that stands in the database, by collection, but leases (always renewed) and the log of refused commands. */
    async readState(): Promise<Record<string, unknown[]>> {
      const state: Record<string, unknown[]> = {};
      for (const { name } of await database.db!.listCollections().toArray()) {
        const documents = await database.collection(name).find().sort({ _id: 1 }).toArray();
        if (documents.length > 0 && name !== 'leases' && name !== 'audit_log') state[name] = documents;
      }
      return state;
    },
    async stop() {
      await database.close();
      for (const service of [pusher, api]) await service.stop();
      await testbed.cleanup();
    },
  };
}

async function createTask(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/tasks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEYS.operator}`, 'content-type': 'application/json' },
    body: JSON.stringify({ task_target: '127.0.0.0/29', task_initiator: 'tester', scan: { ports: '22,80' } }),
  });
  return ((await response.json()) as { task_id: string }).task_id;
}
