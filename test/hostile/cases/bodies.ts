import { bearer, type HostileCase, show, type Target, toRequest } from '../hostile-case';

/** Bodies of `POST /api/tasks`: the type of each field, keys, and JSON that cannot be parsed. And of bulk commands. */
export function toBodyCases({ keys }: Target): HostileCase[] {
  const post = (body: string | Buffer) =>
    toRequest({ method: 'POST', path: '/api/tasks', headers: bearer(keys.operator), body });
  const base = { task_target: '127.0.0.1', task_initiator: 'tester', scan: { ports: '22' } };
  const refused = (field: string, body: object, shown: unknown): HostileCase => ({
    title: `body: ${field} = ${show(shown)}`,
    request: post(JSON.stringify(body)),
    status: 422,
    code: 'invalid_body',
    field,
  });

  const NOT_TEXT = [null, 1, true, [], {}, { $gt: '' }, ['127.0.0.1']];
  const NAMES = ['', '\u0000', 'a\u0000b', '\ud800', 'a\u202eb', 'x'.repeat(101), 'a\nb'];
  const NOT_NUMBER = [null, '3', true, [], {}, { $gt: 1 }, -1];
  const ofFields: [string[], unknown[]][] = [
    [['task_target', 'exclude_target'], NOT_TEXT],
    [
      ['task_type', 'task_category', 'task_initiator'],
      [...NOT_TEXT, ...NAMES],
    ],
    [
      ['scan', 'config'],
      [null, 1, 'x', [], true],
    ],
    [['scan.method'], [null, 1, '', 'syn scan', 'CONNECT', [], {}]],
    [
      ['scan.ports'],
      [
        null,
        true,
        {},
        '',
        ' ',
        ',',
        [],
        '0',
        '65536',
        '80-22',
        'htpp',
        '1-',
        '-1',
        '0x16',
        '1e2',
        '22;80',
        '٢٢',
        '+22',
      ],
    ],
    [
      ['config.max_retries', 'config.priority'],
      [...NOT_NUMBER, 1.5, 101],
    ],
    [
      ['config.retry_delay', 'config.max_retry_delay', 'config.subtask_timeout'],
      [...NOT_NUMBER, 86_401],
    ],
    [['config.timeout'], [...NOT_NUMBER, 31_536_001]],
    [['config.error_threshold'], [null, true, [], {}, -1]],
    [['config.pool'], [null, 1, '', 'A', 'a b', '../x', '$gt', '张', 'x'.repeat(51)]],
    [['config.order'], [null, 1, '', 'random']],
    [['config.retryable'], [null, 1, 'x', true]],
  ];
  const types = ofFields.flatMap(([fields, values]) =>
    fields.flatMap((field) => values.map((value) => refused(field, withField(base, field, value), value))),
  );

  const UNKNOWN_KEYS = ['status', 'task_id', 'progress', 'created_time', 'targets', 'operator', 'rev', '_id'];
  const HOSTILE_KEYS = ['$where', '$gt', '__proto__', 'constructor', 'prototype', 'toString', 'a.b'];
  // As text: in an object of ours, `__proto__` would be no key.
  const BODY_WITH: Record<string, (extra: string) => string> = {
    '': (extra) => `{${extra}, "task_target": "127.0.0.1", "task_initiator": "tester", "scan": {"ports": "22"}}`,
    'scan.': (extra) => `{"task_target": "127.0.0.1", "task_initiator": "tester", "scan": {"ports": "22", ${extra}}}`,
    'config.': (extra) => BODY_WITH['']!(`"config": {${extra}}`),
  };
  const keysOfBody = Object.entries(BODY_WITH).flatMap(([place, toBody]) =>
    [...(place === '' ? UNKNOWN_KEYS : []), ...HOSTILE_KEYS].map(
      (key): HostileCase => ({
        title: `body: unknown key ${place}${key}`,
        request: post(toBody(`${JSON.stringify(key)}: {"x": 1}`)),
        status: 422,
        code: 'invalid_body',
        field: `${place}${key}`,
      }),
    ),
  );

  const whole = ['null', '1', '"x"', '[]', '[{}]', 'true', '1e309'].map(
    (body): HostileCase => ({
      title: `body: ${body}`,
      request: post(body),
      status: 422,
      code: 'invalid_body',
      field: '',
    }),
  );
  const MALFORMED = ['{', '}', '{"a":}', "{'a':1}", 'NaN', 'undefined', '{"a":1,}', '[1', '"\u0000"', '01', '{"a":1}x'];
  const malformed = [...MALFORMED.map((text) => Buffer.from(text)), ...INVALID_UTF8].map(
    (body): HostileCase => ({
      title: `body: ${show(body.toString('latin1'))}`,
      request: post(body),
      status: 400,
      code: 'malformed_json',
    }),
  );

  const deep = `${'['.repeat(400_000)}${']'.repeat(400_000)}`;
  const large: HostileCase[] = [
    { title: 'body: nested 400,000 deep', request: post(deep), status: 422, code: 'invalid_body', field: '' },
    {
      title: 'body: a field nested 100,000 deep',
      request: post(`{"task_target": ${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`),
      status: 422,
      code: 'invalid_body',
      field: 'task_target',
    },
    { title: 'body: 1.1 MB', request: post(' '.repeat(1_100_000)), status: 413, code: 'body_too_large' },
    refused('task_target', { ...base, task_target: '1'.repeat(900_001) }, '900,001 characters'),
    refused('exclude_target', { ...base, exclude_target: '1'.repeat(64_001) }, '64,001 characters'),
    {
      title: 'body: a number beyond all numbers',
      request: post(JSON.stringify({ ...base, config: { max_retries: 0 } }).replace(':0', ':1e309')),
      status: 422,
      code: 'invalid_body',
      field: 'config.max_retries',
    },
  ];
  const BULK: [body: unknown, field: string][] = [
    [{ action: 'label', all: true }, 'add_labels'],
    [{ action: 'label', all: true, add_labels: [], remove_labels: [] }, 'add_labels'],
    [{ action: 'cancel', all: true, filter: { label: ['x'] } }, 'all'],
    [{ action: 'cancel' }, 'filter'],
    [null, ''],
  ];
  const bulk = BULK.map(
    ([body, field]): HostileCase => ({
      title: `bulk body: ${show(body)}`,
      request: toRequest({
        method: 'POST',
        path: '/api/tasks/bulk',
        headers: bearer(keys.operator),
        body: JSON.stringify(body),
      }),
      status: 422,
      code: 'invalid_body',
      field,
    }),
  );
  return [...types, ...keysOfBody, ...whole, ...malformed, ...large, ...bulk];
}

/** A byte that never is, an encoded surrogate, an overlong slash, a cut sequence, UTF-16 with its mark. */
const INVALID_UTF8 = [
  [0x22, 0xff, 0x22],
  [0x22, 0xed, 0xa0, 0x80, 0x22],
  [0x22, 0xc0, 0xaf, 0x22],
  [0x22, 0xe5, 0xbc],
  [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00],
].map((bytes) => Buffer.from(bytes));

function withField(body: Record<string, unknown>, path: string, value: unknown): object {
  const [first = '', second] = path.split('.');
  return { ...body, [first]: second === undefined ? value : { ...(body[first] as object), [second]: value } };
}
