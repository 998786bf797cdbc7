import { deadLetterSchema, EXCHANGES } from '@cyberstroll/contracts';
import { judgeEnvelope as judge, toDeadLetter } from './validate-envelope';

const judgeEnvelope = (body: unknown, exchange: string = EXCHANGES.state.name) => judge(body, exchange);
const taskId = 'a'.repeat(24);
const update = { task_id: taskId, subtask_id: `${taskId}-0`, attempt: 1, lease_id: 'l', status: 'COMPLETED' };
const envelope = (updates: unknown[], sender: object = { node_id: 'n' }) => ({
  ...sender,
  sent_time: '2026-01-01T00:00:00+00:00',
  updates,
});

it('parts the good updates from the bad, and names each bad field', () => {
  const judged = judgeEnvelope(
    envelope([
      update,
      { ...update, attempt: 0 },
      { ...update, status: 'DONE' },
      { ...update, subtask_id: 7 },
      'junk',
      { ...update, scan_result: { open_ports: [70000], services: [], response_time: 1 } },
    ]),
  );
  expect(judged.updates).toEqual([update]);
  expect(judged.rejections.map(({ reason, detail }) => [reason, detail.split(':')[0]])).toEqual([
    ['bad_field', 'updates.1.attempt'],
    ['bad_field', 'updates.2.status'],
    ['bad_field', 'updates.3.subtask_id'],
    ['bad_field', 'updates.4'],
    ['bad_field', 'updates.5.scan_result.open_ports.0'],
  ]);
});

it.each([
  ['no object', 'text'],
  ['no updates', envelope([])],
  ['too many updates', envelope(Array.from({ length: 501 }, () => update))],
  ['nobody who sent it', envelope([update], {})],
  ['a sender that is no name', envelope([update], { node_id: { $gt: '' } })],
])('rejects an envelope with %s whole', (_name, body) => {
  const judged = judgeEnvelope(body);
  expect(judged.updates).toEqual([]);
  expect(judged.rejections).toMatchObject([{ reason: 'bad_envelope', content: body }]);
});

it('says what an envelope is to whom sends none, and what a bare update lacks, all at once', () => {
  const bare = { subtask_id: update.subtask_id, status: 'SCANNING' };
  for (const body of [bare, [bare], { node_id: 'n', updates: [bare] }]) {
    expect(judgeEnvelope(body).rejections[0]!.detail).toContain('an envelope is {"node_id": "node-7", "sent_time"');
  }
  const { detail } = judgeEnvelope(envelope([bare])).rejections[0]!;
  expect(detail.split('; ')).toEqual([
    expect.stringMatching(/^updates\.0\.task_id: /),
    'updates.0.attempt: required: the attempt of the job, unchanged',
    expect.stringMatching(/^updates\.0\.lease_id: required: a random id \(a UUID\) that the node makes when it claims/),
  ]);
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [i, 'x'.repeat(600)]));
  const bad = { ...update, scan_result: { open_ports: [], services: Object.values(many), response_time: 1 } };
  expect(judgeEnvelope(envelope([bad])).rejections[0]!.detail).toMatch(/^.{1000,1900}; and \d+ more$/);
});

it('rejects what is nested too deeply by itself: an update, or an envelope that is nothing else', () => {
  const deep = JSON.parse(`${'['.repeat(65)}${']'.repeat(65)}`);
  const odd = { ...update, mood: deep };
  expect(judgeEnvelope(envelope([update, odd, deep]))).toMatchObject({
    updates: [update],
    rejections: [1, 2].map((place) => ({
      reason: 'too_deep',
      detail: `updates.${place}: nested deeper than 64 levels`,
    })),
  });
  expect(judgeEnvelope(deep).rejections).toMatchObject([{ reason: 'too_deep' }]);
});

const node = { node_id: 'n', instance_id: 'i' };
const service = { operator: 'heartbeat-monitor' };
it.each([
  ['a node’s report', node, 'cs.state', 'taken'],
  ['a report that was put into the queue itself', node, '', 'taken'],
  ['a service’s order', service, 'cs.service-updates', 'taken'],
  ['an operator’s order', { operator: '张三' }, 'cs.service-updates', 'taken'],
  ['an order among the reports', service, 'cs.state', 'refused'],
  ['an order that was put into the queue itself', service, '', 'refused'],
  ['a node that calls itself a service', { ...node, ...service }, 'cs.state', 'refused'],
  ['a report among the orders', node, 'cs.service-updates', 'refused'],
  ['a service that calls itself a node', { ...node, ...service }, 'cs.service-updates', 'refused'],
])('%s: %j by "%s" is %s', (_name, sender, exchange, verdict) => {
  const body = envelope([update], sender);
  const judged = judgeEnvelope(body, exchange);
  if (verdict === 'taken') expect(judged).toMatchObject({ sender, updates: [update], rejections: [] });
  else {
    const detail = expect.stringContaining(`"${exchange}"`);
    expect(judged).toEqual({
      sender: {},
      updates: [],
      rejections: [{ reason: 'not_a_service_update', detail, content: body }],
    });
  }
});

it('passes over fields that the contract does not know: a newer node may send them', () => {
  const { updates, rejections } = judgeEnvelope(envelope([{ ...update, mood: 'good' }]));
  expect([updates, rejections]).toEqual([[update], []]);
});

it.each([
  ['$where', '"$where":"1",'],
  ['__proto__', '"__proto__":{"polluted":1},'],
  ['constructor', '"constructor":{},'],
  ['scan_result.$gt', '"scan_result":{"open_ports":[],"services":[],"response_time":1,"$gt":""},'],
  ['error_info.__proto__', '"error_info":{"error_code":"X","error_message":"","__proto__":{}},'],
])('rejects an update that is whole but for a key %s, and no other', (path, member) => {
  const hostile = JSON.parse(JSON.stringify(update).replace('{', `{${member}`));
  const { updates, rejections } = judgeEnvelope(envelope([update, hostile]));
  expect(updates).toEqual([update]);
  expect(rejections).toEqual([
    { reason: 'bad_field', detail: `updates.1.${path}: no field may be called so`, content: hostile },
  ]);
});

it.each([
  ['a service', { services: ['x'.repeat(513)] }],
  ['services', { services: Array.from({ length: 1_025 }, () => 'x') }],
  ['ports', { open_ports: Array.from({ length: 65_536 }, () => 1) }],
])('rejects a result with more %s than may be', (_, result) => {
  const scan_result = { open_ports: [], services: [], response_time: 1, ...result };
  const { updates, rejections } = judgeEnvelope(envelope([{ ...update, scan_result }]));
  expect(updates).toEqual([]);
  expect(rejections).toMatchObject([
    { reason: 'bad_field', detail: expect.stringMatching(/^updates\.0\.scan_result/) },
  ]);
});

it('makes a whole dead letter', () => {
  const { rejections, sender } = judgeEnvelope(envelope([{ ...update, attempt: 0 }]));
  const context = { source: 's', queue: 'cs.state.updates', exchange: 'cs.state', now: new Date(0) };
  const deadLetter = toDeadLetter(rejections[0]!, { ...context, sender });
  expect(deadLetterSchema.parse(deadLetter)).toMatchObject({
    reason: 'bad_field',
    source: 's',
    exchange: 'cs.state',
    sender: 'n',
    update_sender: { node_id: 'n' },
    content: { attempt: 0 },
  });
  const whole = toDeadLetter(judgeEnvelope({}).rejections[0]!, { ...context, sender: {} });
  expect(whole).not.toHaveProperty('update_sender');
});
