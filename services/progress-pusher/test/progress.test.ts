import type { ProgressUpdate } from '@cyberstroll/contracts';
import { createQueuedTask, eventually, type ProgressWatch } from '@cyberstroll/testkit';
import { WebSocket } from 'ws';
import { KEY } from './create-service';
import { type Fixture, setup, watch } from './setup';

let fixture: Fixture;
const watches: ProgressWatch[] = [];

beforeAll(async () => {
  fixture = await setup('redis_url', { ALLOWED_ORIGINS: 'https://ui.example' });
});
afterEach(() => {
  for (const each of watches.splice(0)) each.close();
});
afterAll(() => fixture?.cleanup());

const newTask = (target?: string) => createQueuedTask(fixture.store, target);

async function watchTask(taskId: string): Promise<ProgressWatch> {
  const opened = await watch(fixture.service, taskId);
  watches.push(opened);
  return opened;
}

const completed = (updates: readonly ProgressUpdate[]) => updates.map(({ counts }) => counts.completed_count);
const isRising = (updates: readonly ProgressUpdate[]) =>
  updates.every(({ seq }, i) => i === 0 || seq > updates[i - 1]!.seq);

describe('a subscriber', () => {
  it('gets a whole snapshot first, then every change, seq rising', async () => {
    const id = await newTask();
    await fixture.complete(id, 0);
    const { updates } = await watchTask(id);
    await eventually(() => updates.length === 1);
    expect(updates[0]).toMatchObject({ type: 'progress_update', task_id: id, status: 'RUNNING' });
    expect(updates[0]!.counts).toMatchObject({ total_targets: 256, completed_count: 1, pending_count: 255 });

    await fixture.complete(id, 1);
    await eventually(() => completed(updates).at(-1) === 2);
    for (let index = 2; index < 20; index++) await fixture.complete(id, index);
    await eventually(() => completed(updates).at(-1) === 20);
    expect(isRising(updates)).toBe(true);
  });

  it('gets a sign of life each 2 s if it asks for it', async () => {
    const id = await newTask();
    const socket = new WebSocket(`ws://127.0.0.1:${fixture.service.port()}/ws/tasks/${id}/progress?alive=true`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    const types: string[] = [];
    socket.on('message', (data) => types.push(JSON.parse(data.toString()).type));
    await eventually(() => types.length >= 3);
    socket.terminate();
    expect(types.slice(0, 3)).toEqual(['progress_update', 'alive', 'alive']);
  });

  it('gets the same frames as another; a later one gets only newer frames', async () => {
    const id = await newTask();
    const first = await watchTask(id);
    await fixture.complete(id, 0);
    await eventually(() => completed(first.updates).at(-1) === 1);
    const second = await watchTask(id);
    await eventually(() => completed(second.updates).at(-1) === 1);
    expect(second.updates).toHaveLength(1);
    await fixture.complete(id, 1);
    await eventually(() => completed(first.updates).at(-1) === 2 && completed(second.updates).at(-1) === 2);
    expect(second.updates.at(-1)).toEqual(first.updates.at(-1));
  });

  it('gets the end of the task, and stays connected for an operator’s retry', async () => {
    const id = await newTask('127.0.0.1');
    const { updates, socket } = await watchTask(id);
    await fixture.complete(id, 0);
    await eventually(() => updates.at(-1)?.status === 'COMPLETED');
    expect(updates.at(-1)).toMatchObject({ progress: 100, estimated_remaining: 0 });
    expect(socket.readyState).toBe(socket.OPEN);
  });

  it('may send messages; the service ignores them', async () => {
    const id = await newTask();
    const { updates, socket } = await watchTask(id);
    socket.send('{"type":"cancel"}');
    await fixture.complete(id, 0);
    await eventually(() => completed(updates).at(-1) === 1);
    const { closed, socket: loud } = await watchTask(id);
    loud.send('x'.repeat(5_000));
    expect(await closed).toBe(1009);
  });
});

describe('without Redis', () => {
  it('subscribers are served from the store, and get the news of Redis when it is back', async () => {
    fixture.proxy.cut();
    try {
      const id = await newTask();
      const { updates } = await watchTask(id);
      await fixture.complete(id, 0);
      await eventually(() => completed(updates).at(-1) === 1);
      // So new subscribers still come here.
      expect((await fetch(`http://127.0.0.1:${fixture.service.port()}/readyz`)).status).toBe(200);
      fixture.proxy.restore();
      await eventually(async () => {
        const answer = await fetch(`http://127.0.0.1:${fixture.service.port()}/readyz`);
        return ((await answer.json()) as { status: string }).status === 'ok';
      });
      await fixture.complete(id, 1);
      await eventually(() => completed(updates).at(-1) === 2);
      // The store does not have these: they come from Redis alone.
      const snapshot = (await fixture.store.tasks.findSnapshot(id))!;
      let seq = snapshot.seq + 1_000;
      await eventually(async () => {
        await fixture.realtime.publishProgress({ ...snapshot, seq: ++seq });
        return updates.at(-1)!.seq > snapshot.seq + 1_000;
      });
      expect(isRising(updates)).toBe(true);
    } finally {
      fixture.proxy.restore();
    }
  });
});
