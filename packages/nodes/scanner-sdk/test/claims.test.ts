import { subTaskUpdateSchema, updateEnvelopeSchema } from '@cyberstroll/contracts';
import { createJob, eventually } from '@cyberstroll/testkit';
import { ScanError } from '../src';
import { createHeldScans, NOTHING } from './held-scans';
import { type Setup, setup } from './setup';

let bed: Setup;
beforeAll(async () => {
  bed = await setup();
});
afterEach(() => bed.reset());
afterAll(() => bed.cleanup());

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

  it('reports a slow scan when it is claimed, when it starts and when it ends, under one lease', async () => {
    const scans = createHeldScans();
    await bed.startNode(scans.scan, { capacity: 1 });
    const job = createJob(2);
    const [first, second] = job.subtasks.map(({ subtask_id }) => subtask_id);
    await bed.server.sendJob(job);
    await eventually(() => expect(bed.server.statusesOf(second!)).toEqual(['ASSIGNED']));
    expect(bed.server.statusesOf(first!)).toEqual(['SCANNING']);

    scans.of(first!).finish();
    await eventually(() => expect(bed.server.statusesOf(second!)).toEqual(['ASSIGNED', 'SCANNING']));
    scans.of(second!).finish();
    await eventually(() => expect(bed.server.statusesOf(second!)).toEqual(['ASSIGNED', 'SCANNING', 'COMPLETED']));

    const updates = bed.server.updatesOf(job.task_id).filter(({ subtask_id }) => subtask_id === second);
    expect(new Set(updates.map(({ lease_id }) => lease_id)).size).toBe(1);
    expect(new Set(updates.map(({ assigned_time }) => assigned_time)).size).toBe(1);
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

  it('passes ports, method and time-out to the scan', async () => {
    const scans = createHeldScans();
    await bed.startNode(scans.scan, { methods: ['connect', 'nmap'] });
    const job = createJob(1, { scan: { ports: '22,80-82', method: 'nmap' }, subtask_timeout: 7 });
    await bed.server.sendJob(job);
    const scan = await eventually(() => scans.started[0] ?? null);
    expect(scan.target).toEqual({
      ip: '127.0.0.1',
      task_id: job.task_id,
      subtask_id: job.subtasks[0]!.subtask_id,
      attempt: 1,
      ports: [22, 80, 81, 82],
      method: 'nmap',
      timeoutMs: 7_000,
    });
    scan.finish();
  });

  it('refuses addresses outside its scope or excluded by the task, and scans the rest', async () => {
    const scanned: string[] = [];
    await bed.startNode(async ({ ip }) => {
      scanned.push(ip);
      return NOTHING;
    });
    const job = createJob(4, { exclude_target: '127.0.0.2' });
    job.subtasks[0]!.ip = '192.0.2.1';
    job.subtasks[2]!.ip = '0127.0.0.1';
    await bed.server.sendJob(job);

    await eventually(() => expect(bed.server.updatesOf(job.task_id)).toHaveLength(4));
    const byIp = new Map(bed.server.updatesOf(job.task_id).map((update) => [update.ip, update]));
    for (const ip of ['192.0.2.1', '127.0.0.2', '0127.0.0.1']) {
      expect(byIp.get(ip)).toMatchObject({ status: 'FAILED', error_info: { error_code: 'OUT_OF_SCOPE' } });
    }
    expect(byIp.get('127.0.0.4')).toMatchObject({ status: 'COMPLETED' });
    expect(scanned).toEqual(['127.0.0.4']);
  });

  it('ends a scan that takes too long, and reports TIMEOUT', async () => {
    const scans = createHeldScans();
    const node = await bed.startNode(scans.scan);
    const job = createJob(1, { subtask_timeout: 0.1 });
    await bed.server.sendJob(job);
    const { subtask_id } = job.subtasks[0]!;
    await eventually(() => expect(bed.server.statusesOf(subtask_id).at(-1)).toBe('TIMEOUT'));
    expect(bed.server.updatesOf(job.task_id).at(-1)?.error_info?.error_code).toBe('SUBTASK_TIMEOUT');
    expect(scans.of(subtask_id).abortCode()).toBe('timed_out');

    scans.of(subtask_id).finish();
    await eventually(() => expect(node.stats()).toMatchObject({ running: 0, completed: 0, timed_out: 1 }));
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

  it.each([
    ['a missing field', { ...createJob(1), subtask_timeout: undefined }, 'subtask_timeout'],
    ['bad ports', createJob(1, { scan: { ports: '0', method: 'connect' } }), 'scan.ports'],
    ['bad exclusions', createJob(1, { exclude_target: '10.0.0.0/33' }), 'exclude_target'],
  ])('fails the subtasks of a job with %s, naming the field', async (_what, job, field) => {
    await bed.startNode(async () => NOTHING);
    await bed.server.sendJob(job);
    const [update] = await eventually(() => {
      const updates = bed.server.updatesOf(job.task_id);
      expect(updates).toHaveLength(1);
      return updates;
    });
    const error_info = { error_code: 'INVALID_JOB', error_message: expect.stringContaining(field) };
    expect(update).toMatchObject({ status: 'FAILED', error_info });
    await eventually(async () => expect(await bed.server.countWaitingJobs()).toBe(0));
  });

  it('dead-letters a job with a subtask of another task, naming the field', async () => {
    await bed.startNode(async () => NOTHING);
    const before = bed.server.deadLetters.length;
    await bed.server.sendJob({ ...createJob(1), task_id: 'f'.repeat(24) });
    await eventually(() => expect(bed.server.deadLetters.length).toBe(before + 1));
    expect(bed.server.deadLetters.at(-1)).toMatchObject({ reason: 'bad_job', queue: 'cs.jobs.default' });
    expect(bed.server.deadLetters.at(-1)?.detail).toContain('subtasks.0.subtask_id');
  });

  it('answers a job that comes again with the same updates under the same lease, without another scan', async () => {
    const scans = createHeldScans();
    await bed.startNode(scans.scan);
    const job = createJob(1);
    const { subtask_id } = job.subtasks[0]!;
    await bed.server.sendJob(job);
    await eventually(() => expect(bed.server.statusesOf(subtask_id)).toEqual(['SCANNING']));
    await bed.server.sendJob(job);
    await eventually(() => expect(bed.server.statusesOf(subtask_id)).toEqual(['SCANNING', 'SCANNING']));
    scans.of(subtask_id).finish();
    await eventually(() => expect(bed.server.statusesOf(subtask_id).at(-1)).toBe('COMPLETED'));
    await bed.server.sendJob(job);
    await eventually(() =>
      expect(bed.server.statusesOf(subtask_id)).toEqual(['SCANNING', 'SCANNING', 'COMPLETED', 'COMPLETED']),
    );
    expect(scans.started).toHaveLength(1);
    expect(new Set(bed.server.updatesOf(job.task_id).map(({ lease_id }) => lease_id)).size).toBe(1);
  });

  it('gives up an attempt when a newer one of the same subtask comes', async () => {
    const scans = createHeldScans();
    await bed.startNode(scans.scan);
    const job = createJob(1);
    await bed.server.sendJob(job);
    await eventually(() => expect(scans.started).toHaveLength(1));
    await bed.server.sendJob({ ...job, subtasks: [{ ...job.subtasks[0]!, attempt: 2 }] });
    await eventually(() => expect(scans.started).toHaveLength(2));
    expect(scans.started[0]!.abortCode()).toBe('lease_lost');
    scans.started[0]!.finish();
    scans.started[1]!.finish();
    await eventually(() =>
      expect(bed.server.updatesOf(job.task_id).at(-1)).toMatchObject({ status: 'COMPLETED', attempt: 2 }),
    );
    const completed = bed.server.updatesOf(job.task_id).filter(({ status }) => status === 'COMPLETED');
    expect(completed).toHaveLength(1);
  });

  it('leaves the retry of a subtask that failed on it to another node', async () => {
    const scans = createHeldScans();
    const others = createHeldScans();
    const node = await bed.startNode(scans.scan, { capacity: 50 });
    await bed.startNode(others.scan, { capacity: 50 });
    for (let sent = 1; sent <= 6; sent++) {
      await bed.server.sendJob(createJob(1, { avoid_node: 'node-1' }));
      await eventually(() =>
        expect({ there: others.started.length, here: node.stats().claimed }).toEqual({ there: sent, here: 0 }),
      );
    }
    expect(node.stats().claimed).toBe(0);
  });

  it('leaves a job of another method to a node that scans by it', async () => {
    const scans = createHeldScans();
    const others = createHeldScans();
    await bed.startNode(scans.scan);
    await bed.startNode(others.scan, { methods: ['nmap'] });
    for (let sent = 1; sent <= 3; sent++) {
      await bed.server.sendJob(createJob(1, { scan: { ports: '22', method: 'nmap' } }));
      await eventually(() => expect(others.started).toHaveLength(sent));
    }
    expect(scans.started).toEqual([]);
  });

  it('takes the retry of a subtask that failed on it if no other node takes it', async () => {
    const scans = createHeldScans();
    await bed.startNode(scans.scan);
    await bed.server.sendJob(createJob(2, { avoid_node: 'node-1' }));
    await eventually(() => expect(scans.started).toHaveLength(2));
  });
});
