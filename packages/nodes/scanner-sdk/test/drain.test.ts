import { createAheadTime, createJob, createTcpProxy, eventually } from '@cyberstroll/testkit';
import { createHeldScans, NOTHING } from './held-scans';
import { type Setup, setup } from './setup';

let bed: Setup;
beforeAll(async () => {
  bed = await setup();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await bed.reset();
});
afterAll(() => bed.cleanup());

describe('a scanner node that stops', () => {
  it('lets running scans end, hands back the rest, and leaves unclaimed jobs to others', async () => {
    const scans = createHeldScans();
    const node = await bed.startNode(scans.scan, { capacity: 2, drainTimeoutMs: 300 });
    const jobs = [createJob(4), createJob(1), createJob(1), createJob(1)];
    for (const job of jobs) await bed.server.sendJob(job);
    await eventually(() => expect(node.stats()).toMatchObject({ held: 4, running: 2 }));

    const stopped = node.stop();
    const [ends, hangs, waits, waitsToo] = jobs[0]!.subtasks.map(({ subtask_id }) => subtask_id);
    scans.of(ends!).finish();
    await stopped;

    expect(scans.started).toHaveLength(2);
    expect(scans.of(hangs!).abortCode()).toBe('draining');
    await eventually(() => expect(bed.server.statusesOf(ends!).at(-1)).toBe('COMPLETED'));
    for (const handedBack of [hangs, waits, waitsToo]) {
      await eventually(() => expect(bed.server.statusesOf(handedBack!).at(-1)).toBe('FAILED'));
      const last = bed.server.updatesOf(jobs[0]!.task_id).findLast(({ subtask_id }) => subtask_id === handedBack);
      expect(last?.error_info?.error_code).toBe('NODE_DRAINING');
    }
    await eventually(async () => expect(await bed.server.countWaitingJobs()).toBe(3));
    await eventually(() =>
      expect(bed.server.heartbeats.map(({ status }) => status).slice(-2)).toEqual(['draining', 'offline']),
    );

    await bed.startNode(async () => NOTHING);
    for (const job of jobs.slice(1)) {
      await eventually(() => expect(bed.server.statusesOf(job.subtasks[0]!.subtask_id)).toEqual(['COMPLETED']));
    }
  });

  it('stops at once with nothing to do, and may be stopped twice', async () => {
    const node = await bed.startNode(async () => NOTHING, { drainTimeoutMs: 3_600_000 });
    await Promise.all([node.stop(), node.stop()]);
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

const HOUR_MS = 3_600_000;
const LEASE_MS = 4 * HOUR_MS;

/** The lease of a node ends when the test lets its time pass, and not because the machine is slow. */
function holdLease() {
  const time = createAheadTime();
  const [wait, clear] = [setTimeout, clearTimeout];
  let lapse: { timer: unknown; due: number; done: () => void } | undefined;
  jest.spyOn(globalThis, 'setTimeout').mockImplementation((done, ms = 0, ...rest) => {
    const timer = wait(done, ms, ...rest);
    // No other timer waits for that long. One for what is left after half of the lease does: a confirm that was on its
    // way when the connection broke renews the lease after that.
    if (ms > HOUR_MS) lapse = { timer, due: performance.now() + ms, done };
    return timer;
  });
  jest.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    if (timer === lapse?.timer) lapse = undefined;
    clear(timer);
  });
  return {
    pass(ms: number): void {
      time.pass(ms);
      if (lapse && lapse.due <= performance.now()) lapse.done();
    },
  };
}

describe('a scanner node whose connection is cut', () => {
  it('keeps scanning, and all its results arrive after it reconnects', async () => {
    const proxy = await createTcpProxy(bed.testbed.rabbitmq_url);
    const scans = createHeldScans();
    // Nothing is reported before the cut, so the jobs are still unacked at that time.
    const unreported = { flushMs: 600_000 };
    const node = await bed.startNode(scans.scan, { ...unreported, capacity: 60, rabbitmqUrl: proxy.url });
    const jobs = [createJob(30), createJob(30)];
    for (const job of jobs) await bed.server.sendJob(job);
    await eventually(() => expect(scans.started).toHaveLength(60));

    proxy.cut();
    await eventually(() => expect(() => node.check()).toThrow());
    for (const scan of scans.started) scan.finish();
    await eventually(() => expect(node.stats()).toMatchObject({ running: 0, completed: 60 }));
    expect(node.stats().unconfirmed).toBe(60);

    proxy.restore();
    await eventually(() => expect(node.stats().unconfirmed).toBe(0));
    // Once for the scan, and once more because the broker delivered the unacked jobs again.
    const subtasks = jobs.flatMap((job) => job.subtasks);
    await eventually(() => {
      for (const { subtask_id } of subtasks) {
        expect(bed.server.statusesOf(subtask_id).slice(-2)).toEqual(['COMPLETED', 'COMPLETED']);
      }
    });
    expect(scans.started).toHaveLength(60);
    await node.stop();
    // A job that is not acked comes again before later ones.
    const taken: string[] = [];
    await bed.startNode(async ({ task_id }) => {
      taken.push(task_id);
      return NOTHING;
    });
    const later = createJob(1);
    await bed.server.sendJob(later);
    await eventually(() => expect(taken).toContain(later.task_id));
    expect(taken).toEqual([later.task_id]);
    await proxy.close();
  });

  it.each([
    ['the connection is lost', 'cut', 'restore'],
    ['the connection hangs', 'holdReplies', 'releaseReplies'],
  ] as const)(
    'for longer than its lease (%s) gives up its claims, and reports them after it reconnects',
    async (_, break_, mend) => {
      const proxy = await createTcpProxy(bed.testbed.rabbitmq_url);
      const scans = createHeldScans();
      const lease = holdLease();
      const beat = { leaseMs: LEASE_MS, heartbeatIntervalMs: 50 };
      const node = await bed.startNode(scans.scan, { ...beat, capacity: 2, rabbitmqUrl: proxy.url });
      const job = createJob(3);
      const subTaskIds = job.subtasks.map(({ subtask_id }) => subtask_id);
      await bed.server.sendJob(job);
      await eventually(() => expect(node.stats()).toMatchObject({ held: 3, running: 2, unconfirmed: 0 }));

      const beats = proxy.countRequests('current_tasks');
      proxy[break_]();
      lease.pass(LEASE_MS / 2);
      const before = beats.count;
      // It is not renewed by heartbeats that are sent and not confirmed.
      if (break_ === 'holdReplies') await eventually(() => expect(beats.count).toBeGreaterThan(before));
      lease.pass(LEASE_MS / 2);
      expect(scans.started.map((scan) => scan.abortCode())).toEqual(Array(2).fill('lease_lost'));
      for (const { finish } of scans.started) finish();
      expect(node.stats()).toMatchObject({ held: 0, running: 0, completed: 0 });

      proxy[mend]();
      for (const subTaskId of subTaskIds) {
        await eventually(() => expect(bed.server.statusesOf(subTaskId).at(-1)).toBe('FAILED'));
      }
      const codes = bed.server.updatesOf(job.task_id).map(({ error_info }) => error_info?.error_code);
      expect(new Set(codes)).toEqual(new Set([undefined, 'NODE_LOST']));

      await bed.server.sendJob(createJob(1));
      await eventually(() => expect(scans.started).toHaveLength(3));
      scans.started[2]!.finish();
      await eventually(() => expect(node.stats()).toMatchObject({ completed: 1, unconfirmed: 0 }));
      await node.stop();
      await proxy.close();
    },
  );
});
