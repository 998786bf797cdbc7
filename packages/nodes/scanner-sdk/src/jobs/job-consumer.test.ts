import { getEventListeners } from 'node:events';
import type { SubTaskUpdate } from '@cyberstroll/contracts';
import type { Verdict } from '@cyberstroll/messaging';
import { parseScope } from '@cyberstroll/targets';
import { createJob } from '@cyberstroll/testkit';
import { ClaimBoard } from '../scans/claim-board';
import { createWakeSignal, type Receipt } from '../signals';
import { RecentReports } from '../updates/recent-reports';
import { createJobConsumer } from './job-consumer';

function setup() {
  const reported: { update: SubTaskUpdate; receipt?: Receipt }[] = [];
  const traced: [taskId: string, traceparent: string][] = [];
  const wake = createWakeSignal();
  const board = new ClaimBoard();
  const recent = new RecentReports();
  const now = { hasRoom: true, time: 0, state: 'running' as 'running' | 'paused' | 'ended' };
  const jobs = createJobConsumer({
    nodeId: 'node-1',
    board,
    recent,
    scope: parseScope('127.0.0.0/8'),
    methods: ['connect'],
    wake,
    stateOf: () => now.state,
    isOver: ({ notAfter }) => notAfter <= now.time,
    hasRoom: () => now.hasRoom,
    report: (update, receipt) => void reported.push({ update, ...(receipt && { receipt }) }),
    onClaimed: () => undefined,
    onTraced: (...trace) => void traced.push(trace),
    drop: (claim) => board.remove(claim),
  });
  function take(
    body: unknown,
    headers: Record<string, unknown> = {},
    ending = new AbortController().signal,
  ): { verdict: Promise<Verdict>; seen: () => Promise<Verdict | 'open'> } {
    const verdict = jobs.handle({ body, headers, ending });
    const seen = async () => Promise.race([verdict, new Promise<'open'>((open) => setImmediate(() => open('open')))]);
    return { verdict, seen };
  }
  return { reported, traced, wake, board, recent, now, jobs, take };
}

describe('a job consumer', () => {
  it('returns a job of another method three times, and hands it back then: a scan is never asked for it', async () => {
    const { reported, take, board, now } = setup();
    now.hasRoom = false;
    const job = createJob(2, { scan: { ports: '22', method: 'later-than-this-node' } });
    const returns = [await take(job).verdict, await take(job).verdict, await take(job).verdict];
    expect(returns).toEqual([0, 1_000, 0].map((delayMs) => ({ kind: 'retry', delayMs })));
    take(job);
    expect(reported.map(({ update }) => [update.status, update.error_info?.error_code])).toEqual([
      ['FAILED', 'METHOD_UNSUPPORTED'],
      ['FAILED', 'METHOD_UNSUPPORTED'],
    ]);
    expect(board.size).toBe(0);
    // Other nodes have returned it so often that the queue's delivery limit is near.
    take({ ...job, subtasks: [{ ...job.subtasks[0]!, attempt: 2 }] }, { 'x-delivery-count': 10 });
    expect(reported.at(-1)!.update).toMatchObject({ attempt: 2, error_info: { error_code: 'METHOD_UNSUPPORTED' } });
  });

  it('scans no attempt that is older than the one that ended here: the job of it is late', async () => {
    const { reported, recent, board, take } = setup();
    const job = createJob(1);
    const [subtask] = job.subtasks;
    recent.note({
      ...subtask!,
      task_id: job.task_id,
      attempt: 2,
      lease_id: 'l',
      status: 'COMPLETED',
      completed_time: new Date().toISOString(),
    });
    expect(await take(job).seen()).toEqual({ kind: 'done' });
    expect([reported.length, board.size]).toEqual([0, 0]);
  });

  it('acks a job only when the broker has an update of each of its subtasks', async () => {
    const { reported, take } = setup();
    const job = take(createJob(3));
    expect(reported).toHaveLength(3);
    for (const { receipt } of reported) {
      expect(await job.seen()).toBe('open');
      receipt!.confirm();
    }
    expect(await job.seen()).toEqual({ kind: 'done' });
  });

  it('leaves no listener on the signal of its channel, which lives longer than the job', async () => {
    const { reported, take } = setup();
    const { signal } = new AbortController();
    const job = take(createJob(1), {}, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    reported[0]!.receipt!.confirm();
    expect(await job.verdict).toEqual({ kind: 'done' });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('passes on the traceparent of a job’s header if it is valid', () => {
    const { traced, take } = setup();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const job = createJob(1);
    take(job, { traceparent });
    take(createJob(1), { traceparent: 'nonsense' });
    take(createJob(1));
    expect(traced).toEqual([[job.task_id, traceparent]]);
  });

  it('claims nothing without a free slot, and the whole job with one', async () => {
    const { board, now, take, wake } = setup();
    now.hasRoom = false;
    const job = take(createJob(5));
    wake.wake();
    expect(await job.seen()).toBe('open');
    expect(board.size).toBe(0);
    now.hasRoom = true;
    wake.wake();
    expect(await job.seen()).toBe('open');
    expect(board.size).toBe(5);
  });

  it.each(['paused', 'ended'] as const)('acks a job unclaimed when its task is %s while it waits', async (state) => {
    const { now, reported, take, wake } = setup();
    now.hasRoom = false;
    const job = take(createJob(1));
    now.state = state;
    wake.wake();
    expect(await job.verdict).toEqual({ kind: 'done' });
    expect(reported).toEqual([]);
  });

  it('acks a job unclaimed whose not_after has come, also one that waits', async () => {
    const { now, board, reported, take, wake } = setup();
    now.hasRoom = false;
    const job = createJob(1, { not_after: 1_000 });
    const waiting = take(job);
    now.time = 999;
    wake.wake();
    expect(await waiting.seen()).toBe('open');
    now.time = 1_000;
    wake.wake();
    expect(await waiting.seen()).toEqual({ kind: 'done' });
    now.hasRoom = true;
    expect(await take(job).seen()).toEqual({ kind: 'done' });
    expect([reported, board.size]).toEqual([[], 0]);
    now.time = 999;
    expect(await take(job).seen()).toBe('open');
    expect(board.size).toBe(1);
  });

  it('returns jobs to the queue once it refuses, also those that wait', async () => {
    const { now, reported, take, jobs } = setup();
    now.hasRoom = false;
    const waiting = take(createJob(1));
    jobs.refuse();
    expect(await waiting.verdict).toEqual({ kind: 'retry' });
    expect(await take(createJob(1)).verdict).toEqual({ kind: 'retry' });
    expect(reported).toEqual([]);
  });

  it.each(['paused', 'ended'] as const)('acks a job whose task is %s although it refuses', async (state) => {
    const { now, take, jobs } = setup();
    now.state = state;
    jobs.refuse();
    expect(await take(createJob(1)).verdict).toEqual({ kind: 'done' });
  });

  it('claims nothing of a job whose channel is gone by the time a slot is free', async () => {
    const { board, now, reported, take, wake } = setup();
    now.hasRoom = false;
    const channel = new AbortController();
    const waiting = take(createJob(1), {}, channel.signal);
    channel.abort();
    now.hasRoom = true;
    wake.wake();
    expect(await waiting.verdict).toEqual({ kind: 'retry' });
    expect([board.size, reported]).toEqual([0, []]);
  });

  it('fails the subtasks of a job that it cannot read, and acks it when the broker has their updates', async () => {
    const { board, reported, take } = setup();
    const { scan, ...job } = createJob(2);
    const unread = take({ ...job, scan: { ...scan, method: '' } });
    expect(reported.map(({ update }) => update)).toEqual(
      job.subtasks.map((subtask) =>
        expect.objectContaining({
          ...subtask,
          task_id: job.task_id,
          status: 'FAILED',
          error_info: { error_code: 'INVALID_JOB', error_message: expect.stringContaining('scan.method') },
        }),
      ),
    );
    expect([board.size, await unread.seen()]).toEqual([0, 'open']);
    for (const { receipt } of reported) receipt!.confirm();
    expect(await unread.seen()).toEqual({ kind: 'done' });
    expect(await take({ ...job, subtasks: 'all' }).verdict).toMatchObject({ kind: 'deadLetter', reason: 'bad_job' });
  });

  it('returns a job that should avoid this node three times, then takes it', async () => {
    const { board, now, take } = setup();
    const job = createJob(2, { avoid_node: 'node-1' });
    now.hasRoom = false;
    expect(await take(job).verdict).toEqual({ kind: 'retry', delayMs: 0 });
    now.hasRoom = true;
    expect(await take(job).verdict).toEqual({ kind: 'retry', delayMs: 1_000 });
    expect(await take(job).verdict).toEqual({ kind: 'retry', delayMs: 0 });
    expect(board.size).toBe(0);
    expect(await take(job).seen()).toBe('open');
    expect(board.size).toBe(2);
    // Delivered once more, it is what this node holds.
    expect(await take(job).seen()).toBe('open');
    const later = { ...job, subtasks: job.subtasks.map((subtask) => ({ ...subtask, attempt: 2 })) };
    expect(await take(later).verdict).toEqual({ kind: 'retry', delayMs: 0 });
    expect(await take({ ...createJob(1), avoid_node: 'node-2' }).seen()).toBe('open');
  });

  it('knows a job by its id: one that the server sent again is returned again', async () => {
    const { take } = setup();
    const job = createJob(1, { avoid_node: 'node-1', job_id: 'first' });
    for (const delayMs of [0, 1_000, 0]) expect(await take(job).verdict).toEqual({ kind: 'retry', delayMs });
    expect(await take({ ...job, job_id: 'second' }).verdict).toEqual({ kind: 'retry', delayMs: 0 });
    expect(await take(job).seen()).toBe('open');
  });

  it('returns a job whose confirms do not come', async () => {
    const { take, jobs } = setup();
    const job = take(createJob(1));
    jobs.abandon();
    expect(await job.verdict).toEqual({ kind: 'retry' });
  });

  it('ignores an attempt older than the one it holds', async () => {
    const { board, take } = setup();
    const job = createJob(1);
    void take({ ...job, subtasks: [{ ...job.subtasks[0]!, attempt: 3 }] });
    expect(await take(job).verdict).toEqual({ kind: 'done' });
    expect(board.find(job.subtasks[0]!.subtask_id)?.attempt).toBe(3);
  });
});
