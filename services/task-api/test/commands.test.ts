import { progressSnapshotSchema, type SubTask } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { type Api, newTask, toProblemOf } from './api-client';
import { type Fixture, setup } from './setup';

let context: Fixture;
let api: Api;
beforeAll(async () => {
  context = await setup();
  api = context.api;
});
afterAll(() => context?.cleanup());

const runningTask: Fixture['runningTask'] = (...args) => context.runningTask(...args);

/** The types of a task's events so far. */
const published = (taskId: string): string[] =>
  context.seen.events.filter(({ task_id }) => task_id === taskId).map(({ type }) => type);

it('a body of null is no body where one may be left out: clients in Go send it', async () => {
  const id = await runningTask(['SCANNING']);
  const send = (method: string, path: string) => api(method, `/api/tasks/${id}${path}`, { body: null });
  expect(await send('POST', '/pause')).toMatchObject({ status: 200, body: { status: 'PAUSED' } });
  expect(await send('PATCH', '')).toMatchObject({ status: 200, body: { task_id: id } });
  toProblemOf(await api('POST', '/api/tasks/bulk', { body: null }), 422, 'invalid_body');
});

describe('pause, resume, cancel', () => {
  it('change the status under the key’s name, and publish the change at once', async () => {
    const { realtime, seen } = context;
    const id = await runningTask(['SCANNING']);
    const frames: string[] = [];
    const unsubscribe = await realtime.subscribeProgress(id, (snapshot) => {
      frames.push(progressSnapshotSchema.parse(snapshot).status);
    });

    const paused = await api('POST', `/api/tasks/${id}/pause`, { body: { reason: 'lunch' } });
    expect(paused).toMatchObject({ status: 200, body: { task_id: id, status: 'PAUSED' } });
    const resumed = await api('POST', `/api/tasks/${id}/resume`);
    expect(resumed).toMatchObject({ status: 200, body: { status: 'RUNNING' } });
    const cancelled = await api('POST', `/api/tasks/${id}/cancel`, { body: {} });
    expect(cancelled).toMatchObject({
      status: 200,
      body: { status: 'CANCELLED', progress: { estimated_remaining: 0 } },
    });

    const { body } = await api('GET', `/api/tasks/${id}`);
    expect(body.status_history.slice(-3)).toMatchObject([
      { status: 'PAUSED', operator: 'otto', reason: 'lunch' },
      { status: 'RUNNING', operator: 'otto', reason: 'resume by operator' },
      { status: 'CANCELLED', operator: 'otto' },
    ]);
    const controls = () =>
      seen.control
        .filter((control) => 'task_ids' in control && control.task_ids.includes(id))
        .map(({ state }) => state);
    await eventually(() => {
      expect(controls()).toEqual(['paused', 'running', 'ended']);
      expect(published(id)).toEqual(['task.created', 'task.paused', 'task.running', 'task.cancelled']);
      expect(frames).toEqual(['PAUSED', 'RUNNING', 'CANCELLED']);
    });
    await unsubscribe();
  });

  it.each([
    ['pause', 'PAUSED'],
    ['resume', 'RUNNING'],
    ['cancel', 'CANCELLED'],
  ])('of 20 equal commands at once all succeed, and one is written and published: %s', async (command, status) => {
    const id = await runningTask(['SCANNING']);
    if (command === 'resume') await api('POST', `/api/tasks/${id}/pause`);
    const before = (await api('GET', `/api/tasks/${id}`)).body.status_history;
    // On a busy machine some wait for the others for too long. They are sent again, as the API says.
    const send = () => api('POST', `/api/tasks/${id}/${command}`, { body: { reason: 'all' } });
    let late = 0;
    const sendUntilAnswered = async () => {
      let answer = await send();
      for (; answer.status === 503; late++) answer = await send();
      return answer;
    };
    const answers = await Promise.all(Array.from({ length: 20 }, sendUntilAnswered));
    expect(answers.map((answer) => [answer.status, answer.body.status])).toEqual(Array(20).fill([200, status]));
    // One that came too late may be the one that changed the task.
    const changes = answers.filter(({ body }) => body.changed).length;
    expect(changes === 1 || (changes === 0 && late > 0)).toBe(true);

    const task = (await api('GET', `/api/tasks/${id}`)).body;
    expect(task.status_history.slice(before.length)).toMatchObject([{ status, reason: 'all' }]);
    const again = await api('POST', `/api/tasks/${id}/${command}`);
    expect(again).toMatchObject({ status: 200, body: { status, changed: false } });
    expect((await api('GET', `/api/tasks/${id}`)).body).toEqual(task);
    const later = (await api('POST', '/api/tasks', { body: newTask() })).body.task_id;
    await api('POST', `/api/tasks/${later}/cancel`);
    // All events of before have come by then.
    await eventually(() => expect(published(later)).toContain('task.cancelled'));
    expect(published(id).filter((key) => key === `task.${status.toLowerCase()}`)).toHaveLength(1);
  });
});

describe('subtasks', () => {
  it('are in the pages exactly once, including untouched ones', async () => {
    const id = await runningTask(['COMPLETED', 'FAILED', 'SCANNING'], { task_target: '127.0.0.0/26' });
    const seen: SubTask[] = [];
    let path = `/api/tasks/${id}/subtasks?limit=7`;
    for (let more = true; more; ) {
      const { body } = await api('GET', path);
      seen.push(...body.items);
      more = body.next_cursor !== undefined;
      path = `/api/tasks/${id}/subtasks?limit=7&cursor=${body.next_cursor}`;
    }
    expect(new Set(seen.map(({ subtask_id }) => subtask_id)).size).toBe(64);
    expect(new Set(seen.map(({ ip }) => ip)).size).toBe(64);
    expect(seen).toHaveLength(64);
    expect(seen.filter(({ status }) => status === 'PENDING')).toHaveLength(61);
    expect(seen[0]).toMatchObject({ status: 'COMPLETED', assigned_node: 'node-1', scan_result: { open_ports: [80] } });
    expect(seen.every((subTask) => !('lease_id' in subTask))).toBe(true);

    const failed = (await api('GET', `/api/tasks/${id}/subtasks?status=FAILED`)).body;
    expect(failed.items.map(({ index }: SubTask) => index)).toEqual([1]);
    expect((await api('GET', `/api/tasks/${id}/subtasks/${failed.items[0].subtask_id}`)).body).toEqual(failed.items[0]);
    const untouched = await api('GET', `/api/tasks/${id}/subtasks/${id}-63`);
    expect(untouched.body).toMatchObject({ status: 'PENDING', attempt: 0 });
    toProblemOf(await api('GET', `/api/tasks/${id}/subtasks/${id}-64`), 404, 'subtask_not_found');
    toProblemOf(await api('GET', `/api/tasks/${id}/subtasks/${'0'.repeat(24)}-1`), 404, 'subtask_not_found');

    const progress = (await api('GET', `/api/tasks/${id}`)).body.progress;
    expect(progress).toMatchObject({ completed_count: 1, failed_count: 1, scanning_count: 1, pending_count: 61 });
  });
});
