import { EXCHANGES, QUEUES, type SubTaskUpdate, toSubTaskId } from '@cyberstroll/contracts';
import { createBroker } from '@cyberstroll/messaging';
import { createGroup, createLogger, delay } from '@cyberstroll/runtime';
import type { BenchApi } from './api';
import { toTargets } from './to-targets';
import { writeLedger } from './write-ledger';

export interface LatencyFigures {
  p50: number;
  p99: number;
}

/** A node's flush interval. */
const FLUSH_MS = 50;

/**
 * Milliseconds from a node's publish of an update to the WebSocket frame that counts it, at `rate` updates a second. A
 * node of our own sends the updates, for a pool that no other node serves. Updates are counted in the order in which
 * they were sent, so a frame with the count `c` covers the first `c` updates.
 */
export async function measureLatency(
  { rabbitmq_url, mongodb_uri }: { rabbitmq_url: string; mongodb_uri: string },
  api: BenchApi,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<LatencyFigures> {
  const logger = createLogger({ service: 'bench', instance: 'bench', level: 'silent' });
  const broker = createBroker({ url: rabbitmq_url, name: 'bench-node', logger });
  const publisher = broker.createPublisher();
  const connection = createGroup('bench', [broker, publisher]);
  await connection.start();
  const total = rate * seconds;
  const taskId = await api.createTask(toTargets(total), { pool: 'bench-latency', order: 'sequential' });
  while ((await api.getTask(taskId))['status'] === 'CREATED') await delay(20);
  await writeLedger(mongodb_uri, taskId, total);

  const sentAt: number[] = [];
  const latencies: number[] = [];
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const watching = await api.watch(taskId, ({ counts }) => {
    const now = performance.now();
    while (latencies.length < Math.min(counts.completed_count, sentAt.length))
      latencies.push(now - sentAt[latencies.length]!);
    if (counts.completed_count === total) finish();
  });

  const begin = performance.now();
  while (sentAt.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) * rate) / 1_000));
    const updates = Array.from({ length: due - sentAt.length }, (_, i) => toUpdate(taskId, sentAt.length + i));
    if (updates.length > 0) {
      const envelope = { node_id: 'bench-node', instance_id: 'bench', sent_time: new Date().toISOString(), updates };
      for (const _ of updates) sentAt.push(performance.now());
      void publisher.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, envelope);
    }
    await delay(FLUSH_MS);
  }
  await finished;
  watching.close();
  await connection.stop();
  latencies.sort((a, b) => a - b);
  const quantile = (q: number) =>
    Math.round(latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))]!);
  return { p50: quantile(0.5), p99: quantile(0.99) };
}

function toUpdate(taskId: string, index: number): SubTaskUpdate {
  const time = new Date().toISOString();
  return {
    task_id: taskId,
    subtask_id: toSubTaskId(taskId, index),
    attempt: 1,
    lease_id: `bench-${index}`,
    status: 'COMPLETED',
    assigned_time: time,
    started_time: time,
    completed_time: time,
    scan_result: { open_ports: [], services: [], response_time: 0 },
  };
}
