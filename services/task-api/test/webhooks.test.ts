import { toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const asAdmin = (method: string, path: string, call: object = {}) =>
  fixture.api(method, path, { key: KEYS.admin, ...call });
const hook = {
  name: 'databases',
  url: 'https://hooks.example.org/db?token=s3cret',
  kind: ['port_opened'],
  ports: [5432],
};

it('an admin makes, lists and deletes webhooks; the secret is shown once, and the audit log has the host alone', async () => {
  const headers = { 'idempotency-key': 'hook-1' };
  const made = await asAdmin('POST', '/api/webhooks', { body: hook, headers });
  expect(made).toMatchObject({
    status: 201,
    body: { ...hook, change: 0, secret: expect.stringMatching(/^whsec_.{44}$/) },
  });
  const repeat = await asAdmin('POST', '/api/webhooks', { body: hook, headers });
  const { secret, ...view } = made.body;
  expect(repeat).toMatchObject({ status: 200, body: view });
  expect(repeat.body.secret).toBeUndefined();
  expect((await asAdmin('GET', '/api/webhooks')).body.items).toEqual([view]);

  const path = `/api/webhooks/${view.webhook_id}`;
  expect((await asAdmin('DELETE', path)).body).toEqual(view);
  toProblemOf(await asAdmin('DELETE', path), 404, 'webhook_not_found');
  const { items } = (await asAdmin('GET', '/api/audit?limit=100')).body;
  const logged = JSON.stringify(items);
  expect(logged).toContain('hooks.example.org');
  expect(logged).not.toMatch(/s3cret|whsec_/);
});

it('refuses addresses that cannot be called, and every role but admin', async () => {
  for (const url of ['ftp://hooks.example.org', 'https://ada:pass@hooks.example.org', 'hooks.example.org']) {
    const refused = await asAdmin('POST', '/api/webhooks', { body: { ...hook, url } });
    expect(toProblemOf(refused, 422, 'invalid_body').field).toBe('url');
  }
  toProblemOf(await fixture.api('POST', '/api/webhooks', { body: hook }), 403, 'forbidden');
  toProblemOf(await fixture.api('GET', '/api/webhooks'), 403, 'forbidden');
});
