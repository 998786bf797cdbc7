import { type Control, type Event, EXCHANGES } from '@cyberstroll/contracts';
import { createParallel } from '@cyberstroll/runtime';
import {
  ALL_EVENTS,
  collect,
  createTestbed,
  eventually,
  FAILURE,
  sendOut,
  startParts,
  toUpdate,
} from '@cyberstroll/testkit';
import { pino } from 'pino';
import { type Api, createApi, newTask } from './api-client';
import { createService } from './create-service';

/** The service, and beside it what its tests look at and act through: store, broker, realtime. */
export async function setup(variables: Record<string, string> = {}) {
  const parts = await startParts();
  const { testbed, store, publisher } = parts;
  const seen = {
    control: await collect<Control>(parts, { exclusiveOn: EXCHANGES.control.name }),
    events: await collect<Event>(parts, ALL_EVENTS),
  };
  const service = await testbed.start(createService(testbed, variables));
  // A message that is published once is missed by a consumer or a service that is not connected yet.
  const api = createApi(() => service.port());
  await eventually(async () => {
    for (const exchange of [EXCHANGES.control, EXCHANGES.events]) publisher.tryPublish(exchange.name, 'probe', {});
    expect(Math.min(seen.control.length, seen.events.length)).toBeGreaterThan(0);
    expect((await api('GET', '/readyz')).body.status).toBe('ok');
  });
  /** A task that runs, with these subtasks brought to these statuses by a node. */
  async function runningTask(statuses: ('ASSIGNED' | 'SCANNING' | 'COMPLETED' | 'FAILED')[], change: object = {}) {
    const { task_id } = (await api('POST', '/api/tasks', { body: newTask({ config: { max_retries: 0 }, ...change }) }))
      .body;
    await store.tasks.updateTaskStatus(task_id, 'QUEUED', 'test');
    await sendOut(store, task_id);
    const outcome = await store.subTasks.batchUpdateSubTasks(
      statuses.map((status, index) => ({
        sender: { node_id: 'node-1', instance_id: 'node-1-a' },
        update: toUpdate(task_id, index, {
          status,
          ...(status === 'COMPLETED' && { scan_result: RESULT }),
          ...(status === 'FAILED' && FAILURE),
        }),
      })),
    );
    expect(outcome.results.map(({ outcome: result }) => result)).toEqual(statuses.map(() => 'applied'));
    await store.tasks.calculateTaskProgress(task_id);
    return task_id as string;
  }

  return { ...parts, service, seen, api, runningTask };
}

/** What each completed scan found. */
const RESULT = {
  open_ports: [80],
  services: [],
  response_time: 2,
  findings: [{ id: 'old-tls', kind: 'tls', title: 'Old TLS' }],
};

/** A replica of the service for each of these variables, and what they log. */
export async function setupReplicas(variables: readonly [Record<string, string>, Record<string, string>]) {
  const testbed = await createTestbed();
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  const services = variables.map((each) => createService(testbed, each, logger));
  await testbed.start(createParallel('replicas', services));
  const [api, other] = services.map((service) => createApi(() => service.port())) as [Api, Api];
  return { testbed, services, lines, api, other };
}

export type Fixture = Awaited<ReturnType<typeof setup>>;
