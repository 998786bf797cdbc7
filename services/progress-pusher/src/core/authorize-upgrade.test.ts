import {
  ALL_TASKS,
  authorizeUpgrade,
  isGridPath,
  toHandshakeRefusal,
  toPlainRequestRefusal,
} from './authorize-upgrade';

const TASK = 'a'.repeat(24);
const VERA = { name: 'vera', role: 'viewer' as const };
/** With a cookie alone. */
const COOKIE = { headerKey: undefined, session: 's' };
const OWN = { origin: 'http://own.example', isOwnPage: true };
const facts = {
  url: `/ws/tasks/${TASK}/progress`,
  origin: undefined,
  isOwnPage: false,
  allowedOrigins: ['https://ui.example'],
  headerKey: 'good' as string | undefined,
  session: undefined,
  findCaller: (secret: string) => (secret === 'good' ? VERA : undefined),
};

it.each([
  [{}, { watched: TASK, caller: VERA }],
  [
    { headerKey: undefined, url: `${facts.url}?ticket=t` },
    { watched: TASK, ticket: 't' },
  ],
  [{ origin: 'https://ui.example' }, { watched: TASK, caller: VERA }],
  [{ url: '/ws/tasks/progress' }, { watched: ALL_TASKS, caller: VERA }],
  [
    { headerKey: undefined, url: '/ws/tasks/progress?ticket=t' },
    { watched: ALL_TASKS, ticket: 't' },
  ],
  [{ url: '/ws/tasks/progress', headerKey: 'bad' }, { status: 401 }],
  [{ url: `/ws/tasks/${TASK}/grid` }, { watched: TASK, caller: VERA }],
  [{ url: `/ws/tasks/${TASK}/grid`, headerKey: 'bad' }, { status: 401 }],
  [{ url: '/ws/tasks/grid' }, { status: 404, code: 'route_not_found' }],
  [{ url: '/ws/tasks//progress' }, { status: 404, code: 'route_not_found' }],
  [{ origin: 'https://ui.example.evil' }, { status: 403, code: 'origin_not_allowed' }],
  [OWN, { watched: TASK, caller: VERA }],
  [
    { ...OWN, headerKey: undefined, url: `${facts.url}?ticket=t` },
    { watched: TASK, ticket: 't' },
  ],
  [
    { ...COOKIE, ...OWN },
    { watched: TASK, session: 's' },
  ],
  [
    { ...COOKIE, ...OWN, url: `${facts.url}?ticket=t` },
    { watched: TASK, ticket: 't' },
  ],
  [
    { ...COOKIE, ...OWN, url: '/ws/tasks/nonsense/progress' },
    { watched: undefined, session: 's' },
  ],
  [
    { ...COOKIE, ...OWN, headerKey: 'good' },
    { watched: TASK, caller: VERA },
  ],
  [{ ...COOKIE, ...OWN, headerKey: 'bad' }, { status: 401 }],
  [COOKIE, { status: 403, code: 'cross_site_request' }],
  [
    { ...COOKIE, origin: 'https://ui.example' },
    { status: 403, code: 'cross_site_request' },
  ],
  [
    { ...COOKIE, origin: 'null' },
    { status: 403, code: 'origin_not_allowed' },
  ],
  [
    { ...COOKIE, origin: 'https://evil.example' },
    { status: 403, code: 'origin_not_allowed' },
  ],
  [{ origin: 'null' }, { status: 403 }],
  [{ headerKey: undefined }, { status: 401 }],
  [{ headerKey: 'bad' }, { status: 401 }],
  [{ headerKey: 'bad', url: `${facts.url}?ticket=t` }, { status: 401 }],
  [{ headerKey: undefined, url: `${facts.url}?key=good` }, { status: 401 }],
  [{ headerKey: undefined, url: `${facts.url}?ticket=` }, { status: 401 }],
  [{ headerKey: undefined, url: '/ws/tasks/nonsense/progress?ticket=t' }, { status: 401 }],
  [{ url: '/ws/tasks/nonsense/progress' }, { status: 404, code: 'task_not_found' }],
  [{ url: '/ws/tasks/nonsense/progress', headerKey: 'bad' }, { status: 401 }],
  [{ url: '/ws/other' }, { status: 404, code: 'route_not_found' }],
  [{ url: '//' }, { status: 404, code: 'route_not_found' }],
  [{ url: `//evil${facts.url}` }, { status: 404, code: 'route_not_found' }],
  [{ url: `/x/..${facts.url}` }, { status: 404, code: 'route_not_found' }],
  [{ url: `ws://evil${facts.url}` }, { status: 404, code: 'route_not_found' }],
])('answers the upgrade request %j', (change, verdict) => {
  expect(authorizeUpgrade({ ...facts, ...change })).toMatchObject(verdict);
});

it.each([
  ['GET', facts.url, 426],
  ['HEAD', `${facts.url}?ticket=t`, 426],
  ['POST', facts.url, 405],
  ['GET', `//evil${facts.url}`, 404],
  ['POST', '/', 404],
])('answers %s %s without an upgrade with %d', (method, url, status) => {
  expect(toPlainRequestRefusal({ method, url })).toMatchObject({ status });
});

it.each([
  ['Invalid HTTP method', 405],
  ['Invalid Upgrade header', 426],
  ['Missing or invalid Sec-WebSocket-Version header', 426],
  ['Missing or invalid Sec-WebSocket-Key header', 400],
  ['Invalid Sec-WebSocket-Protocol header', 400],
])('answers a handshake with the fault "%s" with %d', (fault, status) => {
  expect(toHandshakeRefusal(fault)).toMatchObject({ status });
});

it.each([
  [`/ws/tasks/${TASK}/grid`, true],
  [`/ws/tasks/${TASK}/grid?ticket=t`, true],
  [`/ws/tasks/${TASK}/progress?from=/grid`, false],
])('%s is the path of a grid: %s', (url, expected) => {
  expect(isGridPath(url)).toBe(expected);
});
