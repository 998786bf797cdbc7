/**
 * The services of the data path in the test's own process, so that one exporter gets the spans of all. On the run's
 * engines, in a vhost, a database and a key prefix of its own.
 */
import { EXCHANGES, type ProgressUpdate, type Task } from '@cyberstroll/contracts';
import { type Delivery, DONE } from '@cyberstroll/messaging';
import { createScannerNode } from '@cyberstroll/scanner-sdk';
import { parseScope } from '@cyberstroll/targets';
import { createTestBroker, createTestbed, testLogger, toVariables, watchProgress } from '@cyberstroll/testkit';
import { z } from 'zod';
import { CREATE } from '../e2e/services';

const KEY = 'operator-0123456789abcdef';
const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
const taskSchema = z.object({ task_id: z.string(), traceparent: z.string().optional() });

export interface System {
  /** Creates a task of 64 addresses and waits for its end. */
  runTask(requestHeaders?: Record<string, string>): Promise<TaskRun>;
  /** Copies of everything that went over these exchanges. */
  jobs: Delivery[];
  envelopes: Delivery[];
  stop(): Promise<void>;
}

export interface TaskRun {
  task: Pick<Task, 'task_id' | 'traceparent'>;
  /** The frame that reported the end, and those before it. */
  frames: readonly ProgressUpdate[];
}

export async function startSystem(): Promise<System> {
  const testbed = await createTestbed();
  const env = {
    ...toVariables(testbed),
    API_KEYS: `olga:operator:${KEY}`,
  };
  const api = CREATE['task-api'](env, testLogger);
  const pusher = CREATE['progress-pusher'](env, testLogger);
  let watched = Promise.resolve();
  const node = createScannerNode({
    rabbitmqUrl: testbed.rabbitmq_url,
    nodeId: 'node-1',
    capacity: 16,
    scope: parseScope('127.0.0.0/8'),
    version: '1.0.0',
    logger: testLogger,
    async scan() {
      await watched;
      return { open_ports: [], services: [], response_time: 0 };
    },
  });
  const services = [
    api,
    CREATE.dispatcher(env, testLogger),
    CREATE['state-updater'](env, testLogger),
    CREATE['heartbeat-monitor'](env, testLogger),
    pusher,
    node,
  ];
  const broker = createTestBroker(testbed, 'copies');
  const publisher = broker.createPublisher();
  const jobs: Delivery[] = [];
  const envelopes: Delivery[] = [];
  const copy = (
    exchangeName: (typeof EXCHANGES)[keyof typeof EXCHANGES]['name'],
    routingKey: string,
    into: Delivery[],
  ) =>
    broker.createConsumer({
      queue: { exclusiveOn: exchangeName, routingKey },
      prefetch: 100,
      publisher,
      logger: testLogger,
      async handle(delivery) {
        into.push(delivery);
        return DONE;
      },
    });
  const parts = [
    broker,
    publisher,
    copy(EXCHANGES.jobs.name, 'default', jobs),
    copy(EXCHANGES.state.name, 'updates', envelopes),
    ...services,
  ];
  for (const part of parts) await part.start();

  /** No subtask is closed before a client watches. */
  async function runTask(requestHeaders: Record<string, string> = {}): Promise<TaskRun> {
    let letScan = () => {};
    watched = new Promise((resolve) => {
      letScan = resolve;
    });
    const response = await fetch(`http://127.0.0.1:${api.port()}/api/tasks`, {
      method: 'POST',
      headers: { ...headers, ...requestHeaders },
      body: JSON.stringify({
        task_initiator: 'olga',
        task_target: '127.0.0.0/26',
        scan: { ports: '9', method: 'connect' },
      }),
    });
    if (response.status !== 201) throw new Error(`POST answered ${response.status}: ${await response.text()}`);
    const task = taskSchema.parse(await response.json()) as TaskRun['task'];
    const watch = await watchProgress(`ws://127.0.0.1:${pusher.port()}`, task.task_id, { key: KEY });
    letScan();
    try {
      await watch.waitFor(({ status }) => status === 'COMPLETED', 120_000);
    } finally {
      watch.close();
    }
    return { task, frames: watch.updates };
  }

  return {
    runTask,
    jobs,
    envelopes,
    async stop() {
      for (const part of [...parts].reverse()) await part.stop();
      await testbed.cleanup();
    },
  };
}
