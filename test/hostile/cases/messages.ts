import { EXCHANGES, type ExchangeName } from '@cyberstroll/contracts';
import { show } from '../hostile-case';

/** A message on `cs.updates` that must end in the dead letters, and why. */
export interface HostileMessage {
  title: string;
  exchange: ExchangeName;
  body: Buffer;
  reason: string;
}

/** Each holds its own name, `case-<n>.`, by which its dead letter is found again. */
export function toMessageCases(taskId: string): HostileMessage[] {
  const made: HostileMessage[] = [];
  const add = (
    title: string,
    reason: string,
    toBody: (name: string) => string | Buffer | object,
    exchange: ExchangeName = EXCHANGES.state.name,
  ) => {
    const body = toBody(`case-${made.length}.`);
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    made.push({
      title,
      exchange,
      reason,
      body: isRaw ? Buffer.from(body as string) : Buffer.from(JSON.stringify(body)),
    });
  };
  const toUpdate = (change: object = {}) => ({
    task_id: taskId,
    subtask_id: `${taskId}-0`,
    attempt: 1,
    lease_id: 'lease',
    status: 'SCANNING',
    ...change,
  });
  const toEnvelope = (node_id: unknown, change: object = {}) => ({
    node_id,
    instance_id: 'i-1',
    sent_time: new Date().toISOString(),
    updates: [toUpdate()],
    ...change,
  });

  const NOT_JSON = [
    '',
    '{',
    '}',
    'NaN',
    "{'a': 1}",
    '{"a": 1,}',
    '\ufeff\ufeff{}',
    '\u0000',
    'undefined',
    '\x1f\x8b\x08',
  ];
  for (const text of NOT_JSON) add(`not JSON: ${show(text)}`, 'not_json', (name) => `${text} ${name}`);
  add('5 MB', 'too_large', (name) => `"${name}${'x'.repeat(5_000_000)}"`);

  const UPDATES = [null, 1, 'x', {}, [], Array.from({ length: 501 }, () => toUpdate())];
  for (const updates of UPDATES) {
    add(`updates: ${show(updates)}`, 'bad_envelope', (name) => toEnvelope(name, { updates }));
  }
  const SENDERS = [undefined, null, 1, '', '__proto__', { $ne: '' }, ['n'], 'x'.repeat(101)];
  for (const node_id of SENDERS) {
    add(`node_id: ${show(node_id)}`, 'bad_envelope', (name) => toEnvelope(node_id, { hint: name }));
  }
  for (const sent_time of [undefined, null, 1, 'tomorrow', '2026-13-01T00:00:00Z', {}]) {
    add(`sent_time: ${show(sent_time)}`, 'bad_envelope', (name) => toEnvelope(name, { sent_time }));
  }
  for (const body of [null, 1, true]) add(`a whole message: ${show(body)}`, 'bad_envelope', (name) => [body, name]);

  const FIELDS: Record<string, unknown[]> = {
    task_id: [undefined, null, 1, '', 'x', { $ne: '' }, ['x'], taskId.toUpperCase()],
    subtask_id: [undefined, null, 0, { $gt: '' }, `${taskId}`, `${taskId}-1e30`, 'x'.repeat(1_000_000)],
    attempt: [undefined, null, 0, -1, 1.5, '1', 1e308, { $gt: 0 }],
    lease_id: ['', { $exists: true }, ['l'], 'x'.repeat(65)],
    status: [undefined, null, 'DONE', 'scanning', 'PENDING', { $ne: '' }, 1],
    started_time: ['tomorrow', 1, {}],
    scan_result: ['x', [], { open_ports: [65_536] }, { open_ports: ['22'] }, { open_ports: {} }],
    error_info: [
      'x',
      { error_code: 'no code', error_message: '' },
      { error_code: 'A', error_message: 'x'.repeat(2_001) },
    ],
    reason: [1, {}, 'x'.repeat(501)],
    $where: ['1'],
    constructor: [1],
  };
  for (const [field, values] of Object.entries(FIELDS)) {
    for (const value of values) {
      const title = `${field}: ${show(value)}`;
      add(title, 'bad_field', (name) => toEnvelope('node-1', { updates: [toUpdate({ hint: name, [field]: value })] }));
    }
  }
  add('__proto__ in an update', 'bad_field', (name) =>
    JSON.stringify(toEnvelope('node-1', { updates: [toUpdate({ hint: name })] })).replace(
      '"hint"',
      '"__proto__":{"x":1},"hint"',
    ),
  );

  const serviceUpdates = EXCHANGES.serviceUpdates.name;
  add('a node that calls itself a service', 'not_a_service_update', (name) =>
    toEnvelope(undefined, { operator: 'monitor', hint: name }),
  );
  add(
    'a node on the exchange of services',
    'not_a_service_update',
    (name) => toEnvelope('node-1', { hint: name }),
    serviceUpdates,
  );
  add('a marker of a node', 'bad_envelope', (name) =>
    toEnvelope(undefined, { operator: 'monitor', updates: [], hint: name }),
  );
  add('an unknown task', 'unknown_task', (name) => {
    const task_id = '0'.repeat(24);
    return toEnvelope('node-1', { updates: [toUpdate({ task_id, subtask_id: `${task_id}-0`, reason: name })] });
  });
  for (const change of [{ subtask_id: `${taskId}-99` }, { ip: '127.9.9.9' }]) {
    add(show(change), 'outside_target_set', (name) =>
      toEnvelope('node-1', { updates: [toUpdate({ ...change, reason: name })] }),
    );
  }
  for (const status of ['RETRYING', 'CANCELLED']) {
    add(`a node says ${status}`, 'not_allowed', (name) =>
      toEnvelope('node-1', { updates: [toUpdate({ status, reason: name })] }),
    );
  }
  return made;
}
