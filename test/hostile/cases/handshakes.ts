import { bearer, type HostileCase, show, type Target, toRequest } from '../hostile-case';

/** WebSocket handshakes that must not lead to a socket. */
export function toHandshakeCases({ keys, taskId, origin }: Target): HostileCase[] {
  const PATH = `/ws/tasks/${taskId}/progress`;
  const HANDSHAKE: Record<string, string> = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const toCase = (
    title: string,
    {
      method,
      path = PATH,
      headers = {},
      without,
    }: { method?: string; path?: string; headers?: object; without?: string },
    status: number,
    code?: string,
  ): HostileCase => {
    const all: Record<string, string> = { ...HANDSHAKE, ...bearer(keys.viewer), ...headers };
    if (without !== undefined) delete all[without];
    return {
      title: `WebSocket: ${title}`,
      to: 'progress-pusher',
      request: toRequest({ path, headers: all, ...(method !== undefined && { method }) }),
      status,
      ...(code !== undefined && { code }),
    };
  };
  const plain = { connection: 'keep-alive', upgrade: '' };
  const BAD_KEYS = ['', 'x', 'dGhlIHNhbXBsZSBub25jZQ', `${'A'.repeat(23)}==`, `${'*'.repeat(22)}==`, 'A'.repeat(200)];
  const PATHS = [
    `//evil${PATH}`,
    `/x/..${PATH}`,
    `/./${PATH.slice(1)}`,
    `http://evil${PATH}`,
    `${PATH}/`,
    `${PATH}%00`,
    `${PATH}#x`,
    '/',
    '/ws',
    '/ws/tasks',
    `/ws/tasks/${taskId}`,
    '/ws/tasks//progress',
    `/WS/tasks/${taskId}/progress`,
    '*',
    `/ws/tasks/${taskId}/../progress`,
    '/api/tasks',
    `/ws/tasks/${taskId}%2Fprogress`,
  ];
  const IDS = [
    '0'.repeat(24),
    'x',
    '%24ne',
    '__proto__',
    `${taskId}x`,
    taskId.toUpperCase(),
    '..',
    '*',
    'x'.repeat(4_000),
  ];
  const ORIGINS = [
    'null',
    '',
    `${origin}.evil`,
    `${origin}:8443`,
    origin.replace('https', 'http'),
    'https://evil',
    '*',
  ];
  const TICKETS = ['', 'x', '*', '%00', '%0d%0aFLUSHALL', 'x'.repeat(32), keys.viewer, '__proto__', 'x'.repeat(4_000)];
  return [
    ...['0', '7', '12', '14', '99', '', 'abc', '13, 8', '-13'].map((version) =>
      toCase(`version ${show(version)}`, { headers: { 'sec-websocket-version': version } }, 426, 'upgrade_required'),
    ),
    toCase('no version', { without: 'sec-websocket-version' }, 426, 'upgrade_required'),
    ...['h2c', 'TLS/1.0', 'websocket2', 'x'].map((protocol) =>
      toCase(`upgrade to ${protocol}`, { headers: { upgrade: protocol } }, 426, 'upgrade_required'),
    ),
    ...BAD_KEYS.map((key) =>
      toCase(`key ${show(key)}`, { headers: { 'sec-websocket-key': key } }, 400, 'bad_handshake'),
    ),
    toCase('no key', { without: 'sec-websocket-key' }, 400, 'bad_handshake'),
    ...[',', 'a,,b', 'a b', 'a,a', '"x"'].map((protocol) =>
      toCase(`subprotocol ${protocol}`, { headers: { 'sec-websocket-protocol': protocol } }, 400, 'bad_handshake'),
    ),
    ...['POST', 'PUT', 'DELETE', 'OPTIONS'].map((method) => toCase(method, { method }, 405, 'method_not_allowed')),
    ...PATHS.map((path) => toCase(`path ${show(path.replaceAll(taskId, ':id'))}`, { path }, 404, 'route_not_found')),
    ...IDS.map((id) => toCase(`task ${show(id)}`, { path: `/ws/tasks/${id}/progress` }, 404, 'task_not_found')),
    ...ORIGINS.map((other) =>
      toCase(`origin ${show(other)}`, { headers: { origin: other } }, 403, 'origin_not_allowed'),
    ),
    ...TICKETS.map((ticket) =>
      toCase(
        `ticket ${show(ticket)}`,
        { path: `${PATH}?ticket=${ticket}`, without: 'authorization' },
        401,
        'unauthorised',
      ),
    ),
    toCase('without a key', { without: 'authorization' }, 401, 'unauthorised'),
    toCase('a wrong key', { headers: bearer('wrong-0123456789abcdef') }, 401, 'unauthorised'),
    ...['key', 'api_key', 'token'].map((name) =>
      toCase(
        `a key as ${name} in the query`,
        { path: `${PATH}?${name}=${keys.viewer}`, without: 'authorization' },
        401,
      ),
    ),
    toCase('a plain GET', { headers: plain }, 426, 'upgrade_required'),
    ...['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'].map((method) =>
      toCase(`a plain ${method}`, { method, headers: plain }, 405, 'method_not_allowed'),
    ),
    ...PATHS.map((path) =>
      toCase(
        `a plain GET of ${show(path.replaceAll(taskId, ':id'))}`,
        { path, headers: plain },
        404,
        'route_not_found',
      ),
    ),
  ];
}
