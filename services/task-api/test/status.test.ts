import { eventually, report } from '@cyberstroll/testkit';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup({ RATE_LIMIT_PER_MINUTE: '1000000' });
});
afterAll(async () => {
  await fixture?.cleanup();
});

const SUBTASKS = 32;

/** A client that asks for the status of a task again and again, until it is stopped, with what it has read. */
function poll(taskId: string, isStopped: () => boolean) {
  const { api } = fixture;
  const read: { status: string; rev: number; completed: number }[] = [];
  async function run() {
    while (!isStopped()) {
      const { status, headers, body } = await api('GET', `/api/tasks/${taskId}/status`);
      expect(status).toBe(200);
      const rev = Number(headers.get('etag')!.replaceAll('"', ''));
      read.push({ rev, status: body.status, completed: body.progress.completed });
    }
  }
  return { read, ended: run() };
}

it('never shows a client an older state than it has seen, while many ask and the task moves', async () => {
  const { api, store } = fixture;
  const taskId = await fixture.runningTask([], { task_target: `127.0.0.0/${32 - Math.log2(SUBTASKS)}` });
  let isStopped = false;
  const clients = Array.from({ length: 20 }, () => poll(taskId, () => isStopped));
  for (let index = 0; index < SUBTASKS; index++) {
    await report(store, taskId, [index], { status: 'COMPLETED' });
    if (index % 8 === 0) await store.tasks.calculateTaskProgress(taskId);
  }
  // The client that gave a command sees its effect, however many others ask meanwhile.
  for (const [command, status] of [
    ['pause', 'PAUSED'],
    ['resume', 'RUNNING'],
    ['pause', 'PAUSED'],
  ]) {
    expect((await api('POST', `/api/tasks/${taskId}/${command}`)).body.status).toBe(status);
    expect((await api('GET', `/api/tasks/${taskId}/status`)).body.status).toBe(status);
  }
  await eventually(() => clients.every(({ read }) => read.length > 1));
  isStopped = true;
  await Promise.all(clients.map(({ ended }) => ended));
  for (const { read } of clients) {
    const sorted = [...read].sort((a, b) => a.rev - b.rev || a.completed - b.completed);
    expect(read).toEqual(sorted);
  }
});
