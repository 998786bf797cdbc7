import { EXCHANGES } from '@cyberstroll/contracts';
import { validateEnvelope as validate } from './validate-envelope';

const validateEnvelope = (body: unknown, exchange: string = EXCHANGES.state.name) => validate(body, exchange);
const taskId = 'a'.repeat(24);
const update = { task_id: taskId, subtask_id: `${taskId}-0`, attempt: 1, lease_id: 'l', status: 'COMPLETED' };
const envelope = (updates: unknown[], sender: object = { node_id: 'n' }) => ({
  ...sender,
  sent_time: '2026-01-01T00:00:00+00:00',
  updates,
});

it('separates the valid updates from the invalid ones, and names each invalid field', () => {
  const validated = validateEnvelope(
    envelope([
      update,
      { ...update, attempt: 0 },
      { ...update, status: 'DONE' },
      { ...update, subtask_id: 7 },
      'junk',
      { ...update, scan_result: { open_ports: [70000], services: [], response_time: 1 } },
    ]),
  );
  expect(validated.updates).toEqual([update]);
  expect(validated.rejections.map(({ reason, detail }) => [reason, detail.split(':')[0]])).toEqual([
    ['bad_field', 'updates.1.attempt'],
    ['bad_field', 'updates.2.status'],
    ['bad_field', 'updates.3.subtask_id'],
    ['bad_field', 'updates.4'],
    ['bad_field', 'updates.5.scan_result.open_ports.0'],
  ]);
});

it.each([
  ['text instead of an object', 'text'],
  ['no updates', envelope([])],
  ['too many updates', envelope(Array.from({ length: 501 }, () => update))],
  ['no sender', envelope([update], {})],
  ['a sender that is not a name', envelope([update], { node_id: { $gt: '' } })],
])('rejects an envelope with %s whole', (_name, body) => {
  const validated = validateEnvelope(body);
  expect(validated.updates).toEqual([]);
  expect(validated.rejections).toMatchObject([{ reason: 'bad_envelope', content: body }]);
});

it('answers a body that is not an envelope with an example, and lists every field that an update lacks', () => {
  const bare = { subtask_id: update.subtask_id, status: 'SCANNING' };
  for (const body of [bare, [bare], { node_id: 'n', updates: [bare] }]) {
    expect(validateEnvelope(body).rejections[0]!.detail).toContain('an envelope is {"node_id": "node-7", "sent_time"');
  }
  const { detail } = validateEnvelope(envelope([bare])).rejections[0]!;
  expect(detail.split('; ')).toEqual([
    expect.stringMatching(/^updates\.0\.task_id: /),
    'updates.0.attempt: required: the attempt of the job, unchanged',
    expect.stringMatching(/^updates\.0\.lease_id: required: a random id \(a UUID\) that the node makes when it claims/),
  ]);
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [i, 'x'.repeat(600)]));
  const bad = { ...update, scan_result: { open_ports: [], services: Object.values(many), response_time: 1 } };
  expect(validateEnvelope(envelope([bad])).rejections[0]!.detail).toMatch(/^.{1000,1900}; and \d+ more$/);
});

it('rejects an update that is nested too deeply alone, and a body that is nested too deeply whole', () => {
  const deep = JSON.parse(`${'['.repeat(65)}${']'.repeat(65)}`);
  const odd = { ...update, mood: deep };
  expect(validateEnvelope(envelope([update, odd, deep]))).toMatchObject({
    updates: [update],
    rejections: [1, 2].map((place) => ({
      reason: 'too_deep',
      detail: `updates.${place}: nested deeper than 64 levels`,
    })),
  });
  expect(validateEnvelope(deep).rejections).toMatchObject([{ reason: 'too_deep' }]);
});

const node = { node_id: 'n', instance_id: 'i' };
const service = { operator: 'heartbeat-monitor' };
it.each([
  ['a node’s report', node, 'cs.state', 'accepted'],
  ['a report that was put into the queue itself', node, '', 'accepted'],
  ['a service’s update', service, 'cs.service-updates', 'accepted'],
  ['an operator’s update', { operator: '张三' }, 'cs.service-updates', 'accepted'],
  ['a service’s update among the reports', service, 'cs.state', 'rejected'],
  ['a service’s update that was put into the queue itself', service, '', 'rejected'],
  ['a node that calls itself a service', { ...node, ...service }, 'cs.state', 'rejected'],
  ['a report among the service updates', node, 'cs.service-updates', 'rejected'],
  ['a service that calls itself a node', { ...node, ...service }, 'cs.service-updates', 'rejected'],
])('%s: %j from exchange "%s" is %s', (_name, sender, exchange, verdict) => {
  const body = envelope([update], sender);
  const validated = validateEnvelope(body, exchange);
  if (verdict === 'accepted') expect(validated).toMatchObject({ sender, updates: [update], rejections: [] });
  else {
    const detail = expect.stringContaining(`"${exchange}"`);
    expect(validated).toEqual({
      sender: {},
      updates: [],
      rejections: [{ reason: 'not_a_service_update', detail, content: body }],
    });
  }
});

it('ignores fields that the contract does not know: a newer node may send them', () => {
  const { updates, rejections } = validateEnvelope(envelope([{ ...update, mood: 'good' }]));
  expect([updates, rejections]).toEqual([[update], []]);
});

it.each([
  ['$where', '"$where":"1",'],
  ['__proto__', '"__proto__":{"polluted":1},'],
  ['constructor', '"constructor":{},'],
  ['scan_result.$gt', '"scan_result":{"open_ports":[],"services":[],"response_time":1,"$gt":""},'],
  ['error_info.__proto__', '"error_info":{"error_code":"X","error_message":"","__proto__":{}},'],
])('rejects a valid update with the key %s added, and no other update', (path, member) => {
  const hostile = JSON.parse(JSON.stringify(update).replace('{', `{${member}`));
  const { updates, rejections } = validateEnvelope(envelope([update, hostile]));
  expect(updates).toEqual([update]);
  expect(rejections).toEqual([
    { reason: 'bad_field', detail: `updates.1.${path}: a field must not have this name`, content: hostile },
  ]);
});

it.each([
  ['a service', { services: ['x'.repeat(513)] }],
  ['services', { services: Array.from({ length: 1_025 }, () => 'x') }],
  ['ports', { open_ports: Array.from({ length: 65_536 }, () => 1) }],
])('rejects a result with more %s than the limit', (_, result) => {
  const scan_result = { open_ports: [], services: [], response_time: 1, ...result };
  const { updates, rejections } = validateEnvelope(envelope([{ ...update, scan_result }]));
  expect(updates).toEqual([]);
  expect(rejections).toMatchObject([
    { reason: 'bad_field', detail: expect.stringMatching(/^updates\.0\.scan_result/) },
  ]);
});
