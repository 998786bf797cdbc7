import { NO_TOUCHED, type ProgressSnapshot } from '@cyberstroll/contracts';
import { createLogger } from '@cyberstroll/runtime';
import { toProgress } from '@cyberstroll/task-state';
import { createTcpProxy, createTestbed, eventually, type TcpProxy, type Testbed } from '@cyberstroll/testkit';
import { createRealtime, type Realtime } from '../src';

const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
const taskId = 'a'.repeat(24);

const toSnapshot = (seq: number, task_id = taskId): ProgressSnapshot => ({
  task_id,
  status: 'RUNNING',
  seq,
  timestamp: new Date(0).toISOString(),
  progress: toProgress(10, NO_TOUCHED, false),
  estimated_remaining: null,
});

describe('realtime', () => {
  let testbed: Testbed;
  let proxy: TcpProxy;
  let realtime: Realtime;
  beforeEach(async () => {
    testbed = await createTestbed();
    proxy = await createTcpProxy(testbed.redis_url);
    realtime = createRealtime({ url: proxy.url, prefix: testbed.redis_prefix, logger, commandTimeoutMs: 60_000 });
    await realtime.start();
  });
  afterEach(async () => {
    await realtime.stop();
    await proxy.close();
    await testbed.cleanup();
  });

  const seqsOf = (snapshots: ProgressSnapshot[]) => snapshots.map(({ seq }) => seq);

  it('keeps the snapshot with the highest seq, whatever the order of arrival', async () => {
    expect(await realtime.findProgress(taskId)).toBeUndefined();
    expect(await realtime.publishProgress(toSnapshot(2))).toBe(true);
    expect(await realtime.publishProgress(toSnapshot(2))).toBe(false);
    expect(await realtime.publishProgress(toSnapshot(1))).toBe(false);
    expect(await realtime.publishProgress(toSnapshot(10))).toBe(true);
    expect(await realtime.findProgress(taskId)).toEqual(toSnapshot(10));
  });

  it('publishes to every listener of a task, and only newer snapshots', async () => {
    const first: ProgressSnapshot[] = [];
    const second: ProgressSnapshot[] = [];
    const other: ProgressSnapshot[] = [];
    const stopFirst = await realtime.subscribeProgress(taskId, (snapshot) => first.push(snapshot));
    const stopSecond = await realtime.subscribeProgress(taskId, (snapshot) => second.push(snapshot));
    await realtime.subscribeProgress('b'.repeat(24), (snapshot) => other.push(snapshot));
    for (const seq of [1, 3, 2]) await realtime.publishProgress(toSnapshot(seq));
    await eventually(() => second.length === 2);
    expect(first).toEqual([toSnapshot(1), toSnapshot(3)]);

    await stopFirst();
    await realtime.publishProgress(toSnapshot(4));
    await eventually(() => second.length === 3);
    expect(seqsOf(first)).toEqual([1, 3]);
    await stopSecond();
    await stopSecond();
    expect(other).toEqual([]);
  });

  it('subscribes again after the last listener has left', async () => {
    const stop = await realtime.subscribeProgress(taskId, () => {});
    const stopped = stop();
    const seen: ProgressSnapshot[] = [];
    await realtime.subscribeProgress(taskId, (snapshot) => seen.push(snapshot));
    await stopped;
    await realtime.publishProgress(toSnapshot(1));
    await eventually(() => seen.length === 1);
  });

  it('continues after a cut, with missed snapshots and new listeners', async () => {
    const { redis_url: url, redis_prefix: prefix } = testbed;
    const writer = createRealtime({ url, prefix, logger, commandTimeoutMs: 60_000 });
    await writer.start();
    const before: ProgressSnapshot[] = [];
    const during: ProgressSnapshot[] = [];
    await realtime.subscribeProgress(taskId, (snapshot) => before.push(snapshot));
    await writer.publishProgress(toSnapshot(1));
    await eventually(() => before.length === 1);

    proxy.cut();
    await eventually(async () => !(await realtime.publishProgress(toSnapshot(2))));
    await expect(realtime.check()).rejects.toMatchObject({ kind: 'transient', code: 'redis_unavailable' });
    await realtime.subscribeProgress('c'.repeat(24), (snapshot) => during.push(snapshot));
    await writer.publishProgress(toSnapshot(5));
    proxy.restore();

    await eventually(() => seqsOf(before).includes(5));
    await eventually(() => realtime.check().then(() => true));
    await writer.publishProgress(toSnapshot(6));
    await writer.publishProgress(toSnapshot(1, 'c'.repeat(24)));
    await eventually(() => seqsOf(before).includes(6) && during.length === 1);
    await writer.stop();
  });

  it('answers without Redis: false, nothing, and a subscription for later', async () => {
    proxy.cut();
    const lone = createRealtime({ url: proxy.url, prefix: testbed.redis_prefix, logger });
    expect(await lone.publishProgress(toSnapshot(1))).toBe(false);
    await lone.start();
    expect(await lone.publishProgress(toSnapshot(1))).toBe(false);
    expect(await lone.findProgress(taskId)).toBeUndefined();
    const seen: ProgressSnapshot[] = [];
    await lone.subscribeProgress(taskId, (snapshot) => seen.push(snapshot));
    proxy.restore();
    await eventually(() => lone.check().then(() => true));
    await eventually(() => lone.publishProgress(toSnapshot(1)));
    await eventually(() => seen.length === 1);
    await lone.stop();
    await lone.stop();
  });

  it('does not block if Redis does not answer', async () => {
    const lone = createRealtime({ url: proxy.url, prefix: testbed.redis_prefix, logger });
    await lone.start();
    await eventually(() => lone.check().then(() => true));
    proxy.holdReplies();
    // It must return false while Redis still does not answer.
    expect(await lone.publishProgress(toSnapshot(1))).toBe(false);
    proxy.releaseReplies();
    await lone.stop();
  });

  it('calls the other listeners if one throws', async () => {
    const seen: ProgressSnapshot[] = [];
    await realtime.subscribeProgress(taskId, () => {
      throw new Error('a bug');
    });
    await realtime.subscribeProgress(taskId, (snapshot) => seen.push(snapshot));
    await realtime.publishProgress(toSnapshot(1));
    await eventually(() => seen.length === 1);
  });
});
