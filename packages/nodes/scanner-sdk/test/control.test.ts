import { createAheadTime, createJob, createTcpProxy, eventually } from '@cyberstroll/testkit';
import { createHeldScans } from './held-scans';
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

describe('a scanner node that receives', () => {
  it('ended: aborts the scans of the task, drops those that wait, continues with other tasks', async () => {
    const scans = createHeldScans();
    const node = await bed.startNode(scans.scan, { capacity: 2 });
    const [ended, other] = [createJob(3), createJob(1)];
    await bed.server.sendJob(ended);
    await eventually(() => expect(node.stats()).toMatchObject({ held: 3, running: 2 }));
    await bed.server.sendJob(other);
    bed.server.sendControl({ task_ids: [ended.task_id], state: 'ended' });
    bed.server.sendControl({ task_ids: [ended.task_id], state: 'ended' });

    await eventually(() => expect(scans.started.at(-1)?.target.task_id).toBe(other.task_id));
    expect(scans.started.slice(0, 2).map((scan) => scan.abortCode())).toEqual(['cancelled', 'cancelled']);
    expect(scans.started).toHaveLength(3);
    scans.of(other.subtasks[0]!.subtask_id).finish();

    await bed.server.sendJob({ ...ended });
    await eventually(async () => expect(await bed.server.countWaitingJobs()).toBe(0));
    await eventually(() => expect(node.stats()).toMatchObject({ held: 0, completed: 1, failed: 0, unconfirmed: 0 }));
    const statuses = bed.server.updatesOf(ended.task_id).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(['ASSIGNED', 'SCANNING']));
  });

  it('ended while a job waits for a slot: acks the job without a claim', async () => {
    const scans = createHeldScans();
    const node = await bed.startNode(scans.scan, { capacity: 1 });
    const [running, waiting] = [createJob(1), createJob(5)];
    await bed.server.sendJob(running);
    await eventually(() => expect(scans.started).toHaveLength(1));
    await bed.server.sendJob(waiting);
    await eventually(async () => expect(await bed.server.countWaitingJobs()).toBe(0));
    bed.server.sendControl({ task_ids: ['e'.repeat(24), waiting.task_id], state: 'ended' });

    // The node is full and prefetches two jobs: the last one leaves the queue only if the waiting job was dropped.
    const [next, last] = [createJob(1), createJob(1)];
    for (const job of [next, last]) await bed.server.sendJob(job);
    await eventually(async () =>
      expect({ waiting: await bed.server.countWaitingJobs(), ...node.stats() }).toMatchObject({ waiting: 0 }),
    );
    scans.started[0]!.finish();
    await eventually(() => expect(scans.started).toHaveLength(2));
    scans.started[1]!.finish();
    await eventually(() => expect(scans.started).toHaveLength(3));
    scans.started[2]!.finish();
    const begun = scans.started.slice(1).map(({ target }) => target.task_id);
    expect(new Set(begun)).toEqual(new Set([next.task_id, last.task_id]));
    expect(bed.server.updatesOf(waiting.task_id)).toEqual([]);
  });

  it('superseded: claims nothing more, hands back its claims, sends offline, and ends with an error', async () => {
    const scans = createHeldScans();
    const ends: Error[] = [];
    const onSuperseded = (error: Error) => void ends.push(error);
    const node = await bed.startNode(scans.scan, { nodeId: 'twin', capacity: 1, onSuperseded });
    const job = createJob(2);
    await bed.server.sendJob(job);
    await eventually(() => expect(node.stats()).toMatchObject({ held: 2, running: 1 }));
    const superseded = { state: 'superseded', node_id: 'twin', instance_id: node.instanceId } as const;
    bed.server.sendControl({ ...superseded, instance_id: 'another' });
    bed.server.sendControl({ ...superseded, node_id: 'other' });
    bed.server.sendControl(superseded);
    bed.server.sendControl(superseded);
    await eventually(() => expect(ends).toHaveLength(1));
    expect(ends).toMatchObject([{ code: 'node_superseded', message: expect.stringContaining('node id twin') }]);
    await eventually(() => {
      const last = bed.server.updatesOf(job.task_id).slice(-2);
      expect(last.map(({ status, error_info }) => [status, error_info?.error_code])).toEqual(
        Array(2).fill(['FAILED', 'NODE_DRAINING']),
      );
      expect(bed.server.heartbeats.at(-1)).toMatchObject({ instance_id: node.instanceId, status: 'offline' });
    });
  });

  it('lost: aborts and drops the claims under these leases without an update, and keeps the others', async () => {
    const scans = createHeldScans();
    const node = await bed.startNode(scans.scan, { capacity: 2 });
    const job = createJob(4);
    await bed.server.sendJob(job);
    await eventually(() => expect(node.stats()).toMatchObject({ held: 4, running: 2, unconfirmed: 0 }));
    // The broker has confirmed them and delivers them.
    const toStatus = () =>
      new Map(bed.server.updatesOf(job.task_id).map((update) => [update.subtask_id, update.status]));
    const claimed = ['SCANNING', 'SCANNING', 'ASSIGNED', 'ASSIGNED'];
    await eventually(() => expect(job.subtasks.map(({ subtask_id }) => toStatus().get(subtask_id))).toEqual(claimed));
    const updatesBefore = bed.server.updatesOf(job.task_id).length;
    const [aborted, kept, dropped, next] = job.subtasks.map(({ subtask_id }) => subtask_id);
    const leaseOf = (subTaskId: string) =>
      bed.server.updatesOf(job.task_id).find(({ subtask_id }) => subtask_id === subTaskId)!.lease_id!;
    bed.server.sendControl({ state: 'lost', lease_ids: [leaseOf(aborted!), leaseOf(dropped!), 'of-another-node'] });

    await eventually(() => expect(scans.started.map(({ target }) => target.subtask_id)).toEqual([aborted, kept, next]));
    expect(scans.started.map((scan) => scan.abortCode())).toEqual(['lease_lost', undefined, undefined]);
    for (const { finish } of scans.started) finish();
    await eventually(() => expect(node.stats()).toMatchObject({ held: 0, completed: 2, unconfirmed: 0 }));
    const later = bed.server.updatesOf(job.task_id).slice(updatesBefore);
    expect(new Set(later.map(({ subtask_id }) => subtask_id))).toEqual(new Set([kept, next]));
  });

  it('an unknown state: ignores it', async () => {
    const scans = createHeldScans();
    const node = await bed.startNode(scans.scan);
    const job = createJob(1);
    await bed.server.sendJob(job);
    await eventually(() => expect(scans.started).toHaveLength(1));
    const before = bed.server.deadLetters.length;
    bed.server.sendControl({ state: 'moved', node_ids: ['node-1'] } as never);
    bed.server.sendControl({ task_ids: [job.task_id], state: 'ended' });
    await eventually(() => expect(scans.started[0]!.signal.aborted).toBe(true));
    expect(node.stats().held).toBe(0);
    expect(bed.server.deadLetters).toHaveLength(before);
  });

  it('paused: lets running scans end, starts nothing, drops new jobs, serves other tasks; running: starts again', async () => {
    const scans = createHeldScans();
    const node = await bed.startNode(scans.scan, { capacity: 1 });
    const [paused, other, another] = [createJob(2), createJob(1), createJob(1)];
    const [first, second] = paused.subtasks.map(({ subtask_id }) => subtask_id);
    await bed.server.sendJob(paused);
    await eventually(() => expect(node.stats()).toMatchObject({ held: 2, running: 1 }));
    bed.server.sendControl({ task_ids: [paused.task_id], state: 'paused' });
    const later = createJob(1, { task_id: paused.task_id });
    later.subtasks[0] = { subtask_id: `${paused.task_id}-9`, ip: '127.0.0.10', attempt: 1 };
    // The node is full and prefetches two jobs: the third leaves the queue only if the job of the paused task was
    // dropped.
    for (const job of [later, other, another]) await bed.server.sendJob(job);
    await eventually(async () => expect(await bed.server.countWaitingJobs()).toBe(0));
    scans.of(first!).finish();

    await eventually(() => expect(bed.server.statusesOf(first!).at(-1)).toBe('COMPLETED'));
    // Both, in any order.
    for (const place of [1, 2]) await eventually(() => scans.started[place]!.finish());
    const others = scans.started.slice(1).map(({ target }) => target.task_id);
    expect(others.sort()).toEqual([other.task_id, another.task_id].sort());
    await eventually(() => expect(node.stats()).toMatchObject({ held: 1, running: 0, completed: 3 }));

    bed.server.sendControl({ task_ids: [paused.task_id], state: 'running' });
    await eventually(() => scans.of(second!)).then((scan) => scan.finish());
    await eventually(() => expect(bed.server.statusesOf(second!).at(-1)).toBe('COMPLETED'));
    expect(bed.server.statusesOf(`${paused.task_id}-9`)).toEqual([]);
    expect(scans.started).toHaveLength(4);
  });
});

it('a scanner node whose connection is lost begins nothing until it knows what was paused meanwhile', async () => {
  const { server } = bed;
  const proxy = await createTcpProxy(bed.testbed.rabbitmq_url);
  const scans = createHeldScans();
  const node = await bed.startNode(scans.scan, { capacity: 2, rabbitmqUrl: proxy.url });
  const [held, other] = [createJob(4), createJob(1)];
  await server.sendJob(held);
  await eventually(() => expect(node.stats()).toMatchObject({ held: 4, running: 2, unconfirmed: 0 }));
  const started = () => scans.started.map(({ target }) => target.subtask_id);
  const [first, second, waiting, last] = held.subtasks.map(({ subtask_id }) => subtask_id);

  server.repeatsPauses = false;
  proxy.cut();
  await eventually(() => expect(() => node.check()).toThrow());
  scans.of(first!).finish();
  await eventually(() => expect(node.stats()).toMatchObject({ completed: 1, running: 1 }));
  // The task is paused while the node is unavailable, and its job is still in the queue.
  const paused = createJob(1);
  await server.sendJob(paused);
  proxy.restore();
  await eventually(async () => expect(await server.countWaitingJobs()).toBe(0));
  await eventually(() => expect(() => node.check()).not.toThrow());
  // The pauses were repeated before the node was back, so the message says nothing to the node.
  server.sendControl({ state: 'repeated', within_ms: 60_000, server_time: server.serverNow() });
  await eventually(() => expect(server.statusesOf(first!).at(-1)).toBe('COMPLETED'));
  expect(started()).toEqual([first, second]);

  await server.sendJob(other);
  // As a dispatcher does, whenever the node listens again.
  await eventually(() => {
    server.sendControl({ task_ids: [held.task_id, paused.task_id], state: 'paused' });
    server.sendControl({ state: 'repeated', within_ms: 0, server_time: server.serverNow() });
    expect(started().at(-1)).toBe(other.subtasks[0]!.subtask_id);
  });
  server.repeatsPauses = true;
  server.sendControl({ task_ids: [held.task_id], state: 'running' });
  scans.of(second!).finish();
  await eventually(() => expect(started().at(-1)).toBe(waiting));
  expect(started()).toEqual([first, second, other.subtasks[0]!.subtask_id, waiting]);
  scans.of(waiting!).finish();
  await eventually(() => expect(started().at(-1)).toBe(last));
  expect(server.updatesOf(paused.task_id)).toEqual([]);
  await node.stop();
  await proxy.close();
});

it('a scanner node that has just started begins nothing before its first repeated', async () => {
  const { server } = bed;
  const scans = createHeldScans();
  server.repeatsPauses = false;
  const node = await bed.startNode(scans.scan);
  // When the node receives the second job, it has looked at the first.
  for (const job of [createJob(1), createJob(1)]) {
    await server.sendJob(job);
    await eventually(async () => expect(await server.countWaitingJobs()).toBe(0));
  }
  expect(node.stats().held).toBe(0);
  server.repeatsPauses = true;
  await eventually(() => expect(scans.started).toHaveLength(2));
});

it('a scanner node that no longer gets repeated ends what runs, and begins nothing until it gets it again', async () => {
  const { server } = bed;
  const scans = createHeldScans();
  const node = await bed.startNode(scans.scan, { capacity: 2 });
  const [job, next] = [createJob(3), createJob(1)];
  await server.sendJob(job);
  await eventually(() => expect(node.stats()).toMatchObject({ held: 3, running: 2 }));
  server.repeatsPauses = false;
  createAheadTime().pass(2_000);
  for (const scan of scans.started) scan.finish();
  await eventually(() => expect(node.stats()).toMatchObject({ held: 1, completed: 2, unconfirmed: 0 }));
  await server.sendJob(next);
  await eventually(async () => expect(await server.countWaitingJobs()).toBe(0));
  expect(node.stats()).toMatchObject({ held: 1, running: 0, completed: 2 });
  server.repeatsPauses = true;
  await eventually(() => expect(node.stats()).toMatchObject({ held: 2, running: 2 }));
});

it('a scanner node begins nothing from not_after on, also before the server says its time again', async () => {
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

it('not_after, on the server’s clock: hands back what waits, acks later jobs unclaimed, lets running scans end', async () => {
  const { server } = bed;
  const scans = createHeldScans();
  const node = await bed.startNode(scans.scan, { capacity: 1 });
  const job = createJob(2, { not_after: server.serverNow() + 600_000 });
  const [running, waiting] = job.subtasks.map(({ subtask_id }) => subtask_id);
  await server.sendJob(job);
  await eventually(() => expect(node.stats()).toMatchObject({ held: 2, running: 1 }));
  server.clockAheadMs += 600_000;
  await eventually(() => expect(server.statusesOf(waiting!).at(-1)).toBe('FAILED'));
  const updates = server.updatesOf(job.task_id).filter(({ subtask_id }) => subtask_id === waiting);
  expect(updates.at(-1)!.error_info!.error_code).toBe('TASK_HELD');
  expect(new Set(updates.map(({ lease_id }) => lease_id)).size).toBe(1);

  scans.of(running!).finish();
  await eventually(() => expect(server.statusesOf(running!).at(-1)).toBe('COMPLETED'));
  const [late, timely] = [
    createJob(1, { not_after: job.not_after! }),
    createJob(1, { not_after: job.not_after! + 6e5 }),
  ];
  for (const each of [late, timely]) await server.sendJob(each);
  await eventually(() => expect(scans.started.at(-1)!.target.task_id).toBe(timely.task_id));
  expect(server.updatesOf(late.task_id)).toEqual([]);
  expect(node.stats()).toMatchObject({ held: 1, running: 1 });
});
