import { type Alert, alertSchema } from '@cyberstroll/contracts';
import { newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

/** Raises one and resolves with its id. */
async function raise(rule: Alert['rule'], subject: string): Promise<string> {
  await fixture.store.alerts.raise({ rule, subject, summary: `${subject} is ill` }, 'heartbeat-monitor', new Date());
  const { items } = await fixture.store.alerts.findPage({ rule, limit: 1 });
  return items[0]!.alert_id;
}
const list = async (query: string) =>
  (await fixture.api('GET', `/api/alerts?${query}`, { key: KEYS.viewer })).body.items.map((a: Alert) => a.subject);
const command = (id: string, name: string, call: object = {}) => fixture.api('POST', `/api/alerts/${id}/${name}`, call);

it('lists alerts newest first, filtered by state and rule, in pages', async () => {
  await raise('node_silent', 'a');
  await raise('queue_backlog', 'b');
  const id = await raise('node_silent', 'c');
  await command(id, 'acknowledge');
  expect(await list('')).toEqual(['c', 'b', 'a']);
  expect(await list('rule=node_silent')).toEqual(['c', 'a']);
  expect(await list('rule=node_silent&state=acknowledged')).toEqual(['c']);
  const page = (await fixture.api('GET', '/api/alerts?limit=2', { key: KEYS.viewer })).body;
  expect(await list(`cursor=${page.next_cursor}`)).toEqual(['a']);
});

it('shows an alert with its history and runbook, without internal fields', async () => {
  const id = await raise('node_silent', 'shown');
  const { status, body } = await fixture.api('GET', `/api/alerts/${id}`, { key: KEYS.viewer });
  expect(status).toBe(200);
  const fields = 'alert_id history occurrences raised_time rule runbook severity state subject summary updated_time';
  expect(Object.keys(body).sort()).toEqual(fields.split(' '));
  expect(body).toMatchObject({ state: 'firing', summary: 'shown is ill', runbook: 'docs/runbooks/node_silent.md' });
});

it('acknowledges and resolves an alert with the key’s name and the reason; a repeat changes nothing', async () => {
  const id = await raise('node_silent', 'steps');
  const seen = await command(id, 'acknowledge', { body: { reason: 'on my way' } });
  expect(seen).toMatchObject({ status: 200, body: { alert_id: id, state: 'acknowledged' } });
  expect((await command(id, 'acknowledge', { key: KEYS.other })).body).toEqual(seen.body);
  const { body } = await command(id, 'resolve', { key: KEYS.other });
  expect(body.history.map(({ state, operator, reason }: Alert['history'][0]) => [state, operator, reason])).toEqual([
    ['firing', 'heartbeat-monitor', 'steps is ill'],
    ['acknowledged', 'otto', 'on my way'],
    ['resolved', 'olga', 'resolve by operator'],
  ]);
  expect((await command(id, 'resolve')).body).toEqual(body);
  toProblemOf(await command(id, 'acknowledge'), 409, 'illegal_transition');
  const times = Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, /time$|expires/.test(name) ? new Date(String(value)) : value]),
  );
  const history = body.history.map((entry: { timestamp: string }) => ({
    ...entry,
    timestamp: new Date(entry.timestamp),
  }));
  expect(alertSchema.parse({ ...times, history })).toMatchObject({ state: 'resolved' });
});

it('names the task that an alert, or a command in the audit log, is about', async () => {
  const { api } = fixture;
  const { body } = await api('POST', '/api/tasks', { body: newTask({ name: 'night scan' }) });
  const alert_id = await raise('task_overlong', body.task_id);
  expect((await api('GET', `/api/alerts/${alert_id}`)).body.subject_name).toBe('night scan');
  const listed = (await api('GET', '/api/alerts?rule=task_overlong&limit=1')).body.items;
  expect(listed).toMatchObject([{ alert_id, subject_name: 'night scan' }]);
  const audit = (await api('GET', `/api/audit?task_id=${body.task_id}`, { key: KEYS.admin })).body.items;
  expect(audit).toMatchObject([{ operation: 'createTask', task_name: 'night scan' }]);
});

it('commands all alerts of a rule that were there when somebody looked', async () => {
  const ids = [await raise('zombie', 'one'), await raise('zombie', 'two')];
  await raise('dead_letter', 'system');
  await raise('zombie', 'later');
  const commandAll = (name: string, body: object) => fixture.api('POST', `/api/alerts/${name}`, { body });
  const body = { rule: 'zombie', up_to: ids[1], reason: 'known' };
  expect((await commandAll('acknowledge', body)).body).toEqual({ changed: 2, more: false });
  expect((await commandAll('acknowledge', body)).body).toEqual({ changed: 0, more: false });
  expect(await list('state=acknowledged&rule=zombie')).toEqual(['two', 'one']);
  expect((await commandAll('resolve', { rule: 'zombie' })).body).toEqual({ changed: 3, more: false });
  expect(await list('state=firing&rule=dead_letter')).toEqual(['system']);
  const { history } = (await fixture.api('GET', `/api/alerts/${ids[0]}`)).body;
  expect(history.map(({ state, reason }: Alert['history'][0]) => [state, reason])).toEqual([
    ['firing', 'one is ill'],
    ['acknowledged', 'known'],
    ['resolved', 'resolve by operator'],
  ]);
  expect(toProblemOf(await commandAll('resolve', {}), 422, 'invalid_body').field).toBe('rule');
  const asViewer = { key: KEYS.viewer, body: { rule: 'zombie' } };
  toProblemOf(await fixture.api('POST', '/api/alerts/resolve', asViewer), 403, 'forbidden');
});

it('silences a subject until it ends: its alert is shown, with why, and both commands are in the audit log', async () => {
  const { api } = fixture;
  const id = await raise('node_silent', 'node-x');
  const body = { rule: 'node_silent', subject: 'node-x', hours: 2, reason: 'a new machine' };
  const made = await api('POST', '/api/silences', { body });
  expect(made).toMatchObject({ status: 201, body: { rule: 'node_silent', subject: 'node-x', operator: 'otto' } });
  const { silence_id, created_time, until } = made.body;
  expect(Date.parse(until) - Date.parse(created_time)).toBe(7_200_000);
  expect(await list('silenced=true')).toEqual(['node-x']);
  expect((await api('GET', `/api/alerts/${id}`)).body).toMatchObject({ state: 'firing', silence: made.body });
  expect((await api('GET', '/api/silences', { key: KEYS.viewer })).body.items).toEqual([made.body]);
  const end = () => api('DELETE', `/api/silences/${silence_id}?reason=done`);
  expect(await end()).toMatchObject({ status: 200, body: made.body });
  toProblemOf(await end(), 404, 'silence_not_found');
  expect(await list('silenced=true')).toEqual([]);
  expect(toProblemOf(await api('POST', '/api/silences', { body: { ...body, reason: '' } }), 422, 'invalid_body').field) //
    .toBe('reason');
  toProblemOf(await api('POST', '/api/silences', { body, key: KEYS.viewer }), 403, 'forbidden');
  const audit: { operation: string; subject: string; reason: string; status: number }[] = (
    await api('GET', '/api/audit?limit=50', { key: KEYS.admin })
  ).body.items;
  const ofIt = audit.filter(({ subject, status }) => subject === silence_id && status < 300);
  expect(ofIt.map(({ operation, reason }) => [operation, reason])).toEqual([
    ['endSilence', 'done'],
    ['createSilence', 'a new machine'],
  ]);
});
