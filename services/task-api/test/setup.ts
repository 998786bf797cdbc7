import { EXCHANGES, toSubTaskId } from '@cyberstroll/contracts';
import { createBroker, type Delivery, DONE } from '@cyberstroll/messaging';
import { createRealtime } from '@cyberstroll/realtime';
import { createGroup } from '@cyberstroll/runtime';
import { createStore } from '@cyberstroll/store';
import { createTestbed, eventually, sendOut, testLogger } from '@cyberstroll/testkit';
import { createApi, createService, newTask } from './api-client';

/** The service, and beside it what its tests look at and act through: store, broker, realtime. */
export async function setup() {
  const testbed = await createTestbed();
  const service = createService(testbed);
  const store = createStore({ uri: testbed.mongodb_uri, instance: 'test', logger: testLogger });
  const broker = createBroker({ url: testbed.rabbitmq_url, name: 'test', logger: testLogger });
  const realtime = createRealtime({ url: testbed.redis_url, prefix: testbed.redis_prefix, logger: testLogger });
  const publisher = broker.createPublisher();
  const seen: { control: Delivery[]; events: Delivery[] } = { control: [], events: [] };
  const listen = (exchange: 'cs.control' | 'cs.events', into: Delivery[]) =>
    broker.createConsumer({
      queue: { exclusiveOn: exchange, routingKey: '#' },
      prefetch: 100,
      publisher,
      logger: testLogger,
      handle: async (delivery) => {
        into.push(delivery);
        return DONE;
      },
    });
  const group = createGroup('test', [
    store,
    broker,
    realtime,
    publisher,
    listen('cs.control', seen.control),
    listen('cs.events', seen.events),
    service,
  ]);
  await group.start();
  // What is told once is missed by who does not listen yet, and by a service that is not connected yet.
  const api = createApi(() => service.port());
  await eventually(async () => {
    for (const exchange of [EXCHANGES.control, EXCHANGES.events]) publisher.tryPublish(exchange.name, 'probe', {});
    expect(Math.min(seen.control.length, seen.events.length)).toBeGreaterThan(0);
    expect((await api('GET', '/readyz')).status).toBe(200);
  });
  /** A task that runs, with these subtasks brought to these statuses by a node. */
  async function runningTask(statuses: ('ASSIGNED' | 'SCANNING' | 'COMPLETED' | 'FAILED')[], change: object = {}) {
    const { task_id } = (await api('POST', '/api/tasks', { body: newTask({ config: { max_retries: 0 }, ...change }) }))
      .body;
    await store.taskStates.updateTaskStatus(task_id, 'QUEUED', 'test');
    await sendOut(store, task_id);
    const outcome = await store.taskStates.batchUpdateSubTasks(
      statuses.map((status, index) => ({
        sender: { node_id: 'node-1', instance_id: 'node-1-a' },
        update: {
          task_id,
          subtask_id: toSubTaskId(task_id, index),
          attempt: 1,
          lease_id: `lease-${index}`,
          status,
          ...(status === 'COMPLETED' && { scan_result: { open_ports: [80], services: [], response_time: 2 } }),
          ...(status === 'FAILED' && { error_info: { error_code: 'NETWORK_UNREACHABLE', error_message: 'no route' } }),
        },
      })),
    );
    expect(outcome.results.map(({ outcome: result }) => result)).toEqual(statuses.map(() => 'applied'));
    await store.taskStates.calculateTaskProgress(task_id);
    return task_id as string;
  }

  async function cleanup(): Promise<void> {
    await group.stop();
    await testbed.cleanup();
  }

  return { runningTask, cleanup, store, broker, publisher, realtime, seen, api };
}

export type CommandsFixture = Awaited<ReturnType<typeof setup>>;
