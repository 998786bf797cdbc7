import { bearer, type HostileCase, show, type Target, toRequest } from '../hostile-case';

const toText = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;

/** What no client sends: both services refuse it alike, before they ask for a key. */
export function toRawCases({ keys }: Target): HostileCase[] {
  const HOST = 'Host: x';
  const key = `Authorization: Bearer ${keys.admin}`;
  const BAD: string[] = [
    'GARBAGE\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ...['GET', 'GET /api/tasks HTTP/9.9', 'GET /api/tasks HTP/1.1', 'get /api/tasks HTTP/1.1'].map((line) =>
      toText(line, HOST),
    ),
    ...['FOO / HTTP/1.1', 'GET /a b HTTP/1.1', ' GET / HTTP/1.1'].map((line) => toText(line, HOST)),
    'GET /api/tasks HTTP/1.1\nHost: x\n\n',
    toText('GET /api/tasks HTTP/1.1', HOST, 'X-A: 1\nX-B: 2'),
    ...['NoColon', 'X A: 1', 'X-A : 1', ': x', 'X-A: a\u0000b', ' folded: 1', 'X-A: 1\r\n folded'].map((line) =>
      toText('GET /api/tasks HTTP/1.1', HOST, line),
    ),
    // One Host, no more and no fewer (RFC 9112, 3.2).
    toText('GET /api/nodes HTTP/1.1', key),
    toText('GET /api/nodes HTTP/1.1', 'Host: a', 'Host: b', key),
    toText('GET /api/nodes HTTP/1.1', 'Host: a', 'host: a', key),
    toText('GET /livez HTTP/1.1', 'Host: a', 'Host: b'),
    // Two readers could see two bodies.
    `${toText('POST /api/tasks HTTP/1.1', HOST, 'Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\nG`,
    `${toText('POST /api/tasks HTTP/1.1', HOST, 'Transfer-Encoding: chunked', 'Content-Length: 6')}0\r\n\r\nG`,
    `${toText('POST /api/tasks HTTP/1.1', HOST, 'Content-Length: 6', 'Content-Length: 5')}123456`,
    ...['-1', 'abc', '0x10', '1, 2', '1e3', '99999999999999999999999'].map((length) =>
      toText('POST /api/tasks HTTP/1.1', HOST, `Content-Length: ${length}`),
    ),
  ];
  const JSON_OF = ['POST /api/tasks HTTP/1.1', HOST, key, 'Content-Type: application/json'];
  const BAD_BODIES = [
    ...['gzip', 'chunked, gzip', 'identity', 'xchunked'].map((coding) =>
      toText(...JSON_OF, `Transfer-Encoding: ${coding}`),
    ),
    ...['x\r\n', '-1\r\n', 'FFFFFFFFFFFFFFFFF\r\n', '1 \r\nab\r\n', '2\r\nabc\r\n'].map(
      (chunk) => `${toText(...JSON_OF, 'Transfer-Encoding: chunked')}${chunk}`,
    ),
  ];
  const toBad = (text: string) => ({
    title: show(text.replace(/HTTP.1.1/, '')),
    request: Buffer.from(text, 'latin1'),
    status: 400,
    code: 'bad_request',
  });
  const cases: Omit<HostileCase, 'to'>[] = [
    ...BAD.map(toBad),
    {
      title: 'a header of 20 KB',
      request: toText('GET /api/tasks HTTP/1.1', HOST, `X-A: ${'a'.repeat(20_000)}`),
      status: 431,
      code: 'headers_too_large',
    },
    {
      title: 'a path of 20 KB',
      request: toText(`GET /${'a'.repeat(20_000)} HTTP/1.1`, HOST),
      status: 431,
      code: 'headers_too_large',
    },
    {
      title: 'an unknown expectation',
      request: toText('GET /api/tasks HTTP/1.1', HOST, 'Expect: 200-maybe'),
      status: 417,
      code: 'expectation_failed',
    },
    ...['127.0.0.1:22', 'evil.example:443', '/'].map((authority) => ({
      title: `CONNECT ${authority}`,
      request: toText(`CONNECT ${authority} HTTP/1.1`, HOST),
      status: 405,
      code: 'method_not_allowed',
    })),
  ];
  return [
    ...(['task-api', 'progress-pusher'] as const).flatMap((to) =>
      cases.map((each) => ({ ...each, to, title: `${to}, raw: ${each.title}` })),
    ),
    ...BAD_BODIES.map(toBad),
    {
      title: 'chunk extensions of 20 KB',
      request: `${toText(...JSON_OF, 'Transfer-Encoding: chunked')}1;${'a'.repeat(20_000)}\r\n1\r\n0\r\n\r\n`,
      status: 413,
      code: 'body_too_large',
    },
    {
      title: 'a declared body of 2 GB that does not come, at once',
      request: toRequest({
        method: 'POST',
        path: '/api/tasks',
        headers: { ...bearer(keys.operator), 'content-type': 'application/json', 'content-length': '2000000000' },
      }),
      status: 413,
      code: 'body_too_large',
    },
  ];
}

/** What begins and does not continue: it is cut after 10 seconds. */
export function toStalledCases({ keys, taskId }: Target): HostileCase[] {
  const post = (path: string, headers: Record<string, string>) =>
    toRequest({ method: 'POST', path, headers: { 'content-type': 'application/json', ...headers } });
  const cut = { status: 408, code: 'request_timeout' };
  const apis = ['task-api', 'progress-pusher'] as const;
  return [
    {
      title: 'a body that does not come',
      request: post('/api/tasks', { ...bearer(keys.operator), 'content-length': '20' }),
      ...cut,
    },
    {
      title: 'a body that stops in its midst',
      request: Buffer.concat([
        post(`/api/tasks/${taskId}/cancel`, { ...bearer(keys.operator), 'content-length': '20' }),
        Buffer.from('{"reason":'),
      ]),
      ...cut,
    },
    {
      title: 'a chunk that does not come',
      request: post('/api/tasks', { ...bearer(keys.operator), 'transfer-encoding': 'chunked' }),
      ...cut,
    },
    ...apis.map((to) => ({
      title: `headers to ${to} that do not end`,
      to,
      request: 'GET / HTTP/1.1\r\nHost: x\r\nX-A: ',
      ...cut,
    })),
  ];
}
