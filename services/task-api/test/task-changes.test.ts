import { newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const lastAudit = async (operation: string) =>
  (await fixture.api('GET', `/api/audit?operation=${operation}&limit=1`, { key: KEYS.admin })).body.items[0];

describe('PATCH /api/tasks/{task_id}', () => {
  it('changes name, labels and priority of a running task, and writes down what they were', async () => {
    const id = await fixture.runningTask(['SCANNING'], { name: 'one', labels: ['a'] });
    const seen = (await fixture.api('GET', `/api/tasks/${id}`)).headers.get('etag')!;
    const patch = (body: object, headers: Record<string, string> = {}, key = KEYS.operator) =>
      fixture.api('PATCH', `/api/tasks/${id}`, { body, headers, key });
    const body = { name: null, labels: ['夜间', 'a'], priority: 9, reason: 'the customer waits' };
    const changed = await patch(body, { 'if-match': seen });
    expect(changed).toMatchObject({
      status: 200,
      body: { labels: ['夜间', 'a'], config: { priority: 9 }, status: 'RUNNING' },
    });
    expect(changed.body).not.toHaveProperty('name');
    expect(changed.headers.get('etag')).not.toBe(seen);
    const entry = await lastAudit('changeTask');
    expect(entry).toMatchObject({ task_id: id, operator: 'otto', reason: body.reason, status: 200 });
    expect([entry.before, entry.after].map((text) => JSON.parse(text))).toEqual([
      { name: 'one', labels: ['a'], priority: 5 },
      { name: null, labels: ['夜间', 'a'], priority: 9 },
    ]);

    toProblemOf(await patch(body, { 'if-match': seen }), 412, 'version_changed');
    expect((await patch({ priority: 9 })).headers.get('etag')).toBe(changed.headers.get('etag'));
    expect(await lastAudit('changeTask')).not.toHaveProperty('before');
    for (const [fault, field] of [
      [{ priority: 11 }, 'priority'],
      [{ labels: ['x', 'x'] }, 'labels'],
      [{ status: 'PAUSED' }, 'status'],
      [{ config: { priority: 1 } }, 'config'],
    ] as const) {
      expect(toProblemOf(await patch(fault), 422, 'invalid_body').field).toBe(field);
    }
    toProblemOf(await patch({ priority: 1 }, {}, KEYS.viewer), 403, 'forbidden');
  });

  it('does not make a repeat of the creation another request', async () => {
    const create = (body: object) =>
      fixture.api('POST', '/api/tasks', { body, headers: { 'idempotency-key': 'changed-later' } });
    const { task_id } = (await create(newTask())).body;
    await fixture.api('PATCH', `/api/tasks/${task_id}`, { body: { priority: 2, labels: ['x'] } });
    expect(await create(newTask())).toMatchObject({ status: 200, body: { task_id, labels: ['x'] } });
    toProblemOf(await create(newTask({ labels: ['x'] })), 422, 'idempotency_key_reused');
  });
});

describe('DELETE /api/tasks/{task_id}', () => {
  it('requests the deletion of a task that has ended, for admins; a repeat changes nothing', async () => {
    const id = await fixture.runningTask(['SCANNING']);
    const remove = (key = KEYS.admin, headers = {}, query = '?reason=of%20a%20test') =>
      fixture.api('DELETE', `/api/tasks/${id}${query}`, { key, headers });
    toProblemOf(await remove(KEYS.operator), 403, 'forbidden');
    expect(toProblemOf(await remove(), 409, 'task_not_ended').detail).toContain('RUNNING');
    await fixture.api('POST', `/api/tasks/${id}/cancel`);
    toProblemOf(await remove(KEYS.admin, { 'if-match': '"0"' }), 412, 'version_changed');
    expect(toProblemOf(await remove(KEYS.admin, {}, '?reason=a%0ab'), 400, 'invalid_query').field).toBe('reason');
    for (let n = 0; n < 2; n++) {
      expect(await remove()).toMatchObject({ status: 202, body: { task_id: id, status: 'CANCELLED' } });
    }
    expect(await fixture.store.cleanUp.findRequested(10)).toEqual([{ task_id: id, isDeleting: false }]);
    expect(await lastAudit('deleteTask')).toMatchObject({
      task_id: id,
      operator: 'ada',
      before: 'CANCELLED',
      reason: 'of a test',
      status: 202,
    });
    toProblemOf(
      await fixture.api('DELETE', `/api/tasks/${'0'.repeat(24)}`, { key: KEYS.admin }),
      404,
      'task_not_found',
    );
  });
});
