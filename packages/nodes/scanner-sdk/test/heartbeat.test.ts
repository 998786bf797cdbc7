import { heartbeatSchema } from '@cyberstroll/contracts';
import { createJob, eventually } from '@cyberstroll/testkit';
import { createHeldScans } from './held-scans';
import { type Setup, setup } from './setup';

let bed: Setup;
beforeAll(async () => {
  bed = await setup();
});
afterAll(() => bed.cleanup());

it('a scanner node sends heartbeats with its description, its claims and their progress', async () => {
  const scans = createHeldScans();
  const options = {
    capacity: 2,
    pools: ['default', 'dmz'],
    heartbeatIntervalMs: 50,
    methods: ['nmap'],
    version: '1.2.3',
  };
  const node = await bed.startNode(scans.scan, options);
  await eventually(() => expect(bed.server.heartbeats[0]).toMatchObject({ status: 'online', current_tasks: [] }));

  const job = createJob(3, { scan: { ports: '22', method: 'nmap' } });
  await bed.server.sendJob(job, 'dmz');
  await eventually(() => expect(scans.started).toHaveLength(2));
  scans.started[0]!.progress(40);
  const [first, second, third] = job.subtasks.map(({ subtask_id }) => subtask_id);
  const busy = await eventually(() => bed.server.heartbeats.findLast(({ status }) => status === 'busy') ?? null);
  await eventually(() =>
    expect(bed.server.heartbeats.at(-1)?.current_tasks).toEqual([
      { subtask_id: first, status: 'scanning', progress: 40 },
      { subtask_id: second, status: 'scanning', progress: 0 },
      { subtask_id: third, status: 'assigned', progress: 0 },
    ]),
  );
  expect(busy).toMatchObject({
    node_id: 'node-1',
    instance_id: node.instanceId,
    capacity: 2,
    pools: ['default', 'dmz'],
    methods: ['nmap'],
    version: '1.2.3',
  });

  for (let next = 0; next < 3; next++) (await eventually(() => scans.started[next] ?? null)).finish();
  await eventually(() => expect(bed.server.heartbeats.at(-1)).toMatchObject({ status: 'online', current_tasks: [] }));
  await node.stop();
  await eventually(() => expect(bed.server.heartbeats.at(-1)?.status).toBe('offline'));
  for (const heartbeat of bed.server.heartbeats) expect(heartbeatSchema.safeParse(heartbeat).error).toBeUndefined();
  expect(Math.max(...bed.server.heartbeats.map(({ system_info }) => system_info.active_threads))).toBe(2);
});
