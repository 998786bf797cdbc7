import { newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const asAdmin = (method: string, path: string, call: object = {}) =>
  fixture.api(method, path, { key: KEYS.admin, ...call });
const refuse = async (path: string, body: object) =>
  toProblemOf(await fixture.api('POST', path, { body }), 422, 'invalid_options');

const PATH = '/api/methods/nuclei';
const options_schema = {
  $defs: { severity: { enum: ['low', 'high'] } },
  type: 'object',
  properties: { severity: { type: 'array', items: { $ref: '#/$defs/severity' } } },
  additionalProperties: false,
};
const withOptions = (options?: object) => ({ ...newTask(), scan: { method: 'nuclei', options } });

it('checks the options of new tasks, of dry runs, of steps and of schedules by the schema of their method', async () => {
  const given = { description: 'known vulnerabilities', options_schema };
  const set = await asAdmin('PUT', PATH, { body: { ...given, reason: 'nuclei 3' } });
  expect(set).toMatchObject({ status: 200, body: { method: 'nuclei', ...given, operator: 'ada' } });
  expect((await fixture.api('GET', '/api/methods')).body.items).toEqual([set.body]);

  const bad = withOptions({ severity: ['low', 'worst'] });
  const { field, detail } = await refuse('/api/tasks', bad);
  expect([field, detail]).toEqual([
    'scan.options.severity.1',
    'the options do not suit the scan method: scan.options.severity.1: nuclei: must be equal to one of the allowed values',
  ]);
  expect((await refuse('/api/tasks', withOptions({ severty: [] }))).field).toBe('scan.options.severty');
  expect((await refuse('/api/tasks/dry-run', bad)).field).toBe('scan.options.severity.1');
  const chain = { ...newTask(), on_end: [{ scan: bad.scan }] };
  expect((await refuse('/api/tasks', chain)).field).toBe('on_end.0.scan.options.severity.1');
  const schedule = { name: 'nightly', cron: '0 2 * * *', template: bad };
  expect((await refuse('/api/schedules', schedule)).field).toBe('template.scan.options.severity.1');

  for (const scan of [withOptions({ severity: ['low'] }).scan, withOptions().scan, { ...bad.scan, method: 'audit' }]) {
    const created = await fixture.api('POST', '/api/tasks', { body: { ...newTask(), scan } });
    expect([scan, created.status]).toEqual([scan, 201]);
  }

  expect((await asAdmin('DELETE', PATH)).body).toEqual(set.body);
  expect((await fixture.api('POST', '/api/tasks', { body: bad })).status).toBe(201);
  toProblemOf(await asAdmin('DELETE', PATH), 404, 'scan_method_not_found');
});

it('refuses a schema that cannot check anything, and every role but admin', async () => {
  const unusable = [{ type: 'list' }, { $ref: 'https://schemas.example.org/nuclei' }, { a: 'x'.repeat(16_384) }];
  for (const options_schema of unusable) {
    const refused = await asAdmin('PUT', PATH, { body: { options_schema } });
    expect(toProblemOf(refused, 422, 'invalid_body').field).toBe('options_schema');
  }
  toProblemOf(await fixture.api('PUT', PATH, { body: { options_schema } }), 403, 'forbidden');
});
