import { subTaskUpdateSchema, updateEnvelopeSchema } from '@cyberstroll/contracts';
import { createJob, createTcpProxy, eventually } from '@cyberstroll/testkit';
import { ScanError } from '../src';
import { createHeldScans, NOTHING } from './held-scans';
import { type Setup, setup } from './setup';

let bed: Setup;
beforeAll(async () => {
  bed = await setup();
});
afterEach(async () => {
  jest.restoreAllMocks();
  bed.server.repeatsPauses = true;
  await bed.reset();
});
afterAll(() => bed.cleanup());

/** What the rules of the contract do not ask: test/conformance checks those. */
describe('a scanner node', () => {
  it('reports a quick scan in a single update', async () => {
    const found = { open_ports: [80], services: ['80/tcp http'], response_time: 1.5 };
    // On a slow machine too all scans end before the updates are sent: a node with nothing left to do sends at once.
    const node = await bed.startNode(async () => found, { flushMs: 3_600_000 });
    const job = createJob(100);
    await bed.server.sendJob(job);

    await eventually(() => expect(bed.server.updatesOf(job.task_id)).toHaveLength(100));
    for (const update of bed.server.updatesOf(job.task_id)) {
      expect(subTaskUpdateSchema.parse(update)).toMatchObject({
        status: 'COMPLETED',
        attempt: 1,
        scan_result: { open_ports: [80], services: ['80/tcp http'], response_time: 1.5 },
        assigned_time: expect.any(String),
        started_time: expect.any(String),
        completed_time: expect.any(String),
      });
    }
    const leases = new Set(bed.server.updatesOf(job.task_id).map(({ lease_id }) => lease_id));
    expect(leases.size).toBe(100);
    const envelope = bed.server.envelopes.at(-1);
    expect(updateEnvelopeSchema.parse(envelope)).toMatchObject({ node_id: 'node-1', instance_id: node.instanceId });
    await eventually(() =>
      expect(node.stats()).toMatchObject({ claimed: 100, completed: 100, held: 0, unconfirmed: 0 }),
    );
  });

  it('scans no more than its capacity at once, and leaves other jobs in the queue', async () => {
    const scans = createHeldScans();
    const node = await bed.startNode(scans.scan, { capacity: 3 });
    const jobs = Array.from({ length: 6 }, () => createJob(2));
    for (const job of jobs) await bed.server.sendJob(job);

    await eventually(() => expect(scans.started).toHaveLength(3));
    // Two jobs are claimed (2 of 3 slots, then 4), two are prefetched, two are left to others.
    await eventually(async () => expect(await bed.server.countWaitingJobs()).toBe(2));
    expect(node.stats()).toMatchObject({ held: 4, running: 3 });

    let finished = 0;
    while (finished < 12) {
      const scan = await eventually(() => scans.started[finished] ?? null);
      expect(node.stats().running).toBeLessThanOrEqual(3);
      scan.finish();
      finished++;
    }
    await eventually(() => expect(node.stats()).toMatchObject({ completed: 12, unconfirmed: 0 }));
    expect(scans.started.map(({ target }) => target.task_id)).toEqual(
      jobs.flatMap(({ task_id }) => [task_id, task_id]),
    );
  });

  it('reports a ScanError by its code, and any other error or a result that is not valid as INTERNAL_ERROR', async () => {
    await bed.startNode(async ({ ip }) => {
      if (ip === '127.0.0.1') throw new ScanError('NETWORK_UNREACHABLE', 'no route');
      if (ip === '127.0.0.2') throw new TypeError('oops');
      return { ...NOTHING, open_ports: [70_000] };
    });
    const job = createJob(3);
    await bed.server.sendJob(job);
    await eventually(() => expect(bed.server.updatesOf(job.task_id)).toHaveLength(3));
    const errors = bed.server.updatesOf(job.task_id).map(({ ip, error_info }) => [ip, error_info]);
    expect(Object.fromEntries(errors)).toEqual({
      '127.0.0.1': { error_code: 'NETWORK_UNREACHABLE', error_message: 'no route' },
      '127.0.0.2': { error_code: 'INTERNAL_ERROR', error_message: 'oops' },
      '127.0.0.3': { error_code: 'INTERNAL_ERROR', error_message: expect.stringContaining('open_ports.0') },
    });
  });

  it('says in its heartbeats how far each scan is', async () => {
    const scans = createHeldScans();
    await bed.startNode(scans.scan, { capacity: 1, heartbeatIntervalMs: 50 });
    const job = createJob(2);
    await bed.server.sendJob(job);
    (await eventually(() => scans.started[0] ?? null)).progress(40);
    const [first, second] = job.subtasks.map(({ subtask_id }) => subtask_id);
    await eventually(() =>
      expect(bed.server.heartbeats.at(-1)).toMatchObject({
        status: 'busy',
        current_tasks: [
          { subtask_id: first, status: 'scanning', progress: 40 },
          { subtask_id: second, status: 'assigned', progress: 0 },
        ],
        system_info: { active_threads: 1 },
      }),
    );
  });

  it('begins nothing from not_after on, also before the server says its time again', async () => {
    const { server } = bed;
    const scans = createHeldScans();
    const node = await bed.startNode(scans.scan, { capacity: 1 });
    let time = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => time);
    await server.sendJob(createJob(2, { not_after: server.serverNow() + 1_000 }));
    await eventually(() => expect(node.stats()).toMatchObject({ held: 2, running: 1 }));
    server.repeatsPauses = false;
    // The node's view of the server's clock is behind by the way of a message, and good for 2 s.
    time += 1_500;
    scans.started[0]!.finish();
    // The end of the scan comes through promises alone: no message can come before it.
    for (let promises = 0; promises < 100; promises++) await undefined;
    expect(node.stats()).toMatchObject({ held: 1, running: 0, completed: 1 });
    time -= 1_500;
    server.repeatsPauses = true;
    await eventually(() => expect(node.stats()).toMatchObject({ held: 1, running: 1 }));
  });

  it('can be stopped while it still connects', async () => {
    const nobody = await createTcpProxy('amqp://127.0.0.1:1');
    nobody.cut();
    const starting = bed.startNode(async () => NOTHING, { rabbitmqUrl: nobody.url });
    const refused = expect(starting).rejects.toMatchObject({ code: 'node_stopped' });
    await bed.stopNodes();
    await refused;
    await nobody.close();
  });
});
