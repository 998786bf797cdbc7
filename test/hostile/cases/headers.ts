import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { bearer, type HostileCase, show, type Target, toRequest } from '../hostile-case';

/** Keys that are none, content types, charsets and encodings that are not JSON in UTF-8, Idempotency-Keys, origins. */
export function toHeaderCases(target: Target): HostileCase[] {
  return [...toKeyCases(target), ...toContentCases(target), ...toCommandCases(target), ...toOriginCases(target)];
}

function toKeyCases({ keys: { admin } }: Target): HostileCase[] {
  const headers: Record<string, string>[] = [
    '',
    'Bearer',
    'Bearer ',
    admin,
    `Basic ${admin}`,
    `Token ${admin}`,
    `Bearer: ${admin}`,
    `Bearer ${admin} x`,
    `Bearer ${admin},${admin}`,
    `Bearer ${admin.toUpperCase()}`,
    `Bearer ${admin.slice(1)}`,
    `Bearer ${admin}x`,
    `Bearer "${admin}"`,
    `Bearer ${encodeURIComponent('*')}`,
    'Bearer undefined',
    'Bearer $ne',
    'Bearer [object Object]',
    `Bearer ${createHash('sha256').update(admin).digest('hex')}`,
    `Bearer sha256:${createHash('sha256').update(admin).digest('hex')}`,
    `Bearer ${Buffer.from(admin).toString('base64')}`,
    `Bearer ${'x'.repeat(8_000)}`,
  ].map((authorization) => ({ authorization }));
  headers.push(
    ...['', `Bearer ${admin}`, `${admin}x`, 'x', '*'].map((key) => ({ 'x-api-key': key })),
    { cookie: `key=${admin}` },
    { 'proxy-authorization': `Bearer ${admin}` },
  );
  return [
    ...headers.map(
      (each): HostileCase => ({
        title: `key: ${show(each)}`,
        request: toRequest({ path: '/api/tasks', headers: each }),
        status: 401,
        code: 'unauthorised',
      }),
    ),
    ...['key', 'api_key', 'access_token', 'token'].map(
      (name): HostileCase => ({
        title: `key: in the query as ${name}`,
        request: toRequest({ path: `/api/tasks?${name}=${admin}` }),
        status: 401,
        code: 'unauthorised',
      }),
    ),
  ];
}

function toContentCases({ keys, taskId }: Target): HostileCase[] {
  // Refused whatever the headers say: so nothing is created where a header is taken that should not be.
  const body = '{"task_target": 1}';
  const post = (headers: Record<string, string>, content: string | Buffer = body) =>
    toRequest({ method: 'POST', path: '/api/tasks', headers: { ...bearer(keys.operator), ...headers }, body: content });
  const LAWFUL = '{"task_target":"127.0.0.1","task_initiator":"t","scan":{"ports":"22"}}';
  const cancel = (headers: Record<string, string>) =>
    toRequest({
      method: 'POST',
      path: `/api/tasks/${taskId}/cancel`,
      headers: { ...bearer(keys.operator), ...headers },
    });
  const unsupported = (name: string, value: string): HostileCase => ({
    title: `${name}: ${show(value)}`,
    request: post({ [name]: value }),
    status: 415,
    code: 'unsupported_media_type',
  });
  const TYPES = [
    '',
    'text/plain',
    'text/json',
    'text/html',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json5',
    'application/vnd.api+json',
    'application/octet-stream',
    '*/*',
    'json',
    'application/json, text/plain',
    'application/xml',
    'application/json/x',
  ];
  const CHARSETS = [
    'utf-7',
    'utf-16',
    'utf-16le',
    'utf-16be',
    'utf-32',
    'latin1',
    'iso-8859-1',
    'us-ascii',
    'gbk',
    'utf-8x',
    '"utf-16"',
    'utf-8; charset=utf-16',
    'x'.repeat(500),
  ];
  const GOOD_CHARSETS = ['utf-8', 'UTF-8', 'utf8', 'Utf8', '"utf-8"'];
  const bomb = gzipSync(Buffer.alloc(4_000_000, 0x20));
  return [
    ...TYPES.map((type) => unsupported('content-type', type)),
    ...CHARSETS.map((charset) => unsupported('content-type', `application/json; charset=${charset}`)),
    ...GOOD_CHARSETS.map(
      (charset): HostileCase => ({
        title: `charset ${charset} is taken, and the body refused`,
        request: post({ 'content-type': `application/json; charset=${charset}` }),
        status: 422,
        code: 'invalid_body',
        field: 'task_target',
      }),
    ),
    ...['compress', 'x', 'gzip, gzip', 'identity, gzip'].map((coding) => unsupported('content-encoding', coding)),
    {
      title: 'a gzip bomb',
      request: post({ 'content-encoding': 'gzip' }, bomb),
      status: 413,
      code: 'body_too_large',
    },
    ...['gzip', 'deflate', 'br'].map(
      (coding): HostileCase => ({
        title: `content-encoding ${coding} of a body that is not encoded`,
        request: post({ 'content-encoding': coding }),
        status: 400,
        code: 'bad_request',
      }),
    ),
    ...['', 'x'.repeat(101), 'a b', 'a\tb', '\xe9', '\xff'].flatMap((key) =>
      [post, cancel].map(
        (toBytes): HostileCase => ({
          title: `idempotency-key: ${show(key)}`,
          request: toBytes({ 'idempotency-key': key }, LAWFUL),
          status: 400,
          code: 'invalid_header',
          field: 'Idempotency-Key',
        }),
      ),
    ),
  ];
}

/** Bodies of commands: each takes a reason, and a ticket nothing. */
function toCommandCases({ keys, taskId, subTaskId }: Target): HostileCase[] {
  const toCase = (path: string, body: string, status: number, code: string, field?: string): HostileCase => ({
    title: `POST ${path.replaceAll(taskId, ':id')} ${show(body)}`,
    request: toRequest({ method: 'POST', path, headers: bearer(keys.admin), body }),
    status,
    code,
    ...(field !== undefined && { field }),
  });
  const WRONG: [string, string][] = [
    ['[1]', ''],
    ['"x"', ''],
    ['{"force":true}', 'force'],
    ['{"__proto__":{}}', '__proto__'],
    ['{"$where":"1"}', '$where'],
  ];
  const REASONS = ['1', 'null', '[]', '{"$gt":""}', JSON.stringify('x'.repeat(501))];
  const commands = ['pause', 'resume', 'cancel', 'retry', `subtasks/${subTaskId}/retry`];
  const paths = commands.map((command) => `/api/tasks/${taskId}/${command}`);
  return [
    ...[...paths, `/api/tasks/${taskId}/ticket`].flatMap((path) => [
      ...WRONG.map(([body, field]) => toCase(path, body, 422, 'invalid_body', field)),
      toCase(path, '{', 400, 'malformed_json'),
    ]),
    ...paths.flatMap((path) =>
      REASONS.map((reason) => toCase(path, `{"reason":${reason}}`, 422, 'invalid_body', 'reason')),
    ),
    ...['{"expire_days":-1}', '{"expire_days":"1"}', '{"expire_days":1e309}', '{}'].map((body) =>
      toCase('/api/tasks/clean-up', body, 422, 'invalid_body', 'expire_days'),
    ),
    ...['replay', 'discard'].flatMap((command) => [
      toCase(`/api/dead-letters/${command}`, '{}', 422, 'invalid_body', 'filter'),
      toCase(`/api/dead-letters/${command}`, '{"filter":{"ids":["x"]}}', 422, 'invalid_body', 'filter.ids.0'),
      toCase(`/api/dead-letters/${command}`, '{"filter":{"$where":"1"}}', 422, 'invalid_body', 'filter.$where'),
    ]),
  ];
}

/** Preflights: only an allowed origin is answered, and only where there is a route. */
function toOriginCases({ origin }: Target): HostileCase[] {
  const toCase = (path: string, headers: Record<string, string>, status: number, code: string): HostileCase => ({
    title: `OPTIONS ${path} ${show(headers)}`,
    request: toRequest({ method: 'OPTIONS', path, headers }),
    status,
    code,
  });
  const asks = { 'access-control-request-method': 'POST' };
  const OTHERS = ['null', `${origin}.evil`, `${origin}:8443`, origin.replace('https', 'http'), 'https://evil', '*'];
  return [
    toCase('/nonexistent', { origin, ...asks }, 404, 'route_not_found'),
    toCase('/api/tasks/x/steal', { origin, ...asks }, 404, 'route_not_found'),
    toCase('/livez', { origin, ...asks }, 405, 'method_not_allowed'),
    ...['/nonexistent', '*'].map((path) => toCase(path, {}, 404, 'route_not_found')),
    toCase('/api/tasks', {}, 401, 'unauthorised'),
    toCase('/api/tasks', asks, 401, 'unauthorised'),
    toCase('/api/tasks', { origin }, 401, 'unauthorised'),
    ...OTHERS.map((other) => toCase('/api/tasks', { origin: other, ...asks }, 401, 'unauthorised')),
  ];
}
