import { judgeUpgrade } from './judge-upgrade';

const TASK = 'a'.repeat(24);
const facts = {
  url: `/ws/tasks/${TASK}/progress`,
  origin: undefined,
  allowedOrigins: ['https://ui.example'],
  headerKey: 'good' as string | undefined,
  isKey: (secret: string) => secret === 'good',
};

it.each([
  [{}, { taskId: TASK }],
  [{ headerKey: undefined, url: `${facts.url}?key=good` }, { taskId: TASK }],
  [{ origin: 'https://ui.example' }, { taskId: TASK }],
  [{ origin: 'https://ui.example.evil' }, { status: 403 }],
  [{ origin: 'null' }, { status: 403 }],
  [{ headerKey: undefined }, { status: 401 }],
  [{ headerKey: 'bad' }, { status: 401 }],
  [{ headerKey: 'bad', url: `${facts.url}?key=good` }, { status: 401 }],
  [{ url: '/ws/tasks/nonsense/progress' }, { status: 404, code: 'task_not_found' }],
  [{ url: '/ws/tasks/nonsense/progress', headerKey: 'bad' }, { status: 401 }],
  [{ url: '/ws/other' }, { status: 404, code: 'route_not_found' }],
  [{ url: '//' }, { status: 404, code: 'route_not_found' }],
])('judges %j', (change, verdict) => {
  expect(judgeUpgrade({ ...facts, ...change })).toMatchObject(verdict);
});
