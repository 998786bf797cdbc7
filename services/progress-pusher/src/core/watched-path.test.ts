import { ALL_TASKS, findWatchedPath, toHandshakeRefusal, toPlainRequestRefusal } from './watched-path';

const TASK = 'a'.repeat(24);
const URL = `/ws/tasks/${TASK}/progress`;

it.each([
  [URL, { watched: TASK, isGrid: false }],
  [`${URL}?from=/grid`, { watched: TASK, isGrid: false }],
  ['/ws/tasks/progress', { watched: ALL_TASKS, isGrid: false }],
  [`/ws/tasks/${TASK}/grid`, { watched: TASK, isGrid: true }],
  [`/ws/tasks/${TASK}/grid?ticket=t`, { watched: TASK, isGrid: true }],
  ['/ws/tasks/nonsense/progress', { watched: undefined, isGrid: false }],
])('%s is watched', (url, path) => {
  expect(findWatchedPath(url)).toMatchObject(path);
});

it.each(['/ws/tasks/grid', '/ws/tasks//progress', '/ws/other', '//', `//evil${URL}`, `/x/..${URL}`, `ws://evil${URL}`])(
  '%s may not be watched',
  (url) => {
    expect(findWatchedPath(url)).toBeUndefined();
  },
);

it.each([
  ['GET', URL, 426],
  ['HEAD', `${URL}?ticket=t`, 426],
  ['POST', URL, 405],
  ['GET', `//evil${URL}`, 404],
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
