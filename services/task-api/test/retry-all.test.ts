import { upTo } from '@cyberstroll/testkit';
import type { Api } from './api-client';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let api: Api;
let store: Fixture['store'];
beforeAll(async () => {
  fixture = await setup();
  ({ api, store } = fixture);
});
afterAll(() => fixture?.cleanup());

it('a retry of more subtasks than one envelope holds is accepted, and continues after the request', async () => {
  const task_id = await fixture.runningTask(
    upTo(600).map(() => 'FAILED'),
    { task_target: '127.0.0.0-127.0.2.87', config: { max_retries: 0, error_threshold: 10 } },
  );
  expect((await api('GET', `/api/tasks/${task_id}`)).body.status).toBe('FAILED');

  const answer = await api('POST', `/api/tasks/${task_id}/retry`, { body: { reason: 'again' } });
  expect(answer).toMatchObject({ status: 202, body: { task_id, retried: 600 } });
  expect(await store.tasks.findRetryAll(10)).toMatchObject([
    { task_id, retry_all: { operator: 'otto', reason: 'again' } },
  ]);
  // What failed before is still counted, and more than may: all the same it does not end again.
  expect((await store.tasks.calculateTaskProgress(task_id)).snapshot.status).toBe('RUNNING');
  const shown = (await api('GET', `/api/tasks/${task_id}`)).body;
  expect(shown.status).toBe('RUNNING');
  expect(shown).not.toHaveProperty('retry_all');
});
