import { taskDiffQuerySchema } from '@cyberstroll/contracts';
import { type ApiPeer, createApiPeer, TASK_ID } from './api-peer';
import { runCli } from './run-cli';

const OTHER_ID = TASK_ID.replace('0', 'f');
const ITEM = {
  ip: '127.0.0.5',
  change: 'changed',
  ports: [
    { port: 22, protocol: 'tcp', change: 'banner_changed', before: 'ssh a', after: 'ssh \u001b[31mred' },
    { port: 80, protocol: 'tcp', change: 'opened', after: 'http' },
  ],
};
const PORTS = { opened: 1, closed: 0, service_changed: 0, banner_changed: 1, not_scanned: 0 };
const pageOf = (items: object[], more: object = {}) => ({
  items,
  summary: { hosts: { appeared: 0, gone: 0, changed: items.length, not_scanned: 1, equal: 4 }, ports: PORTS },
  ...more,
});

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
});
afterEach(() => peer.close());
const run = (...words: string[]) => runCli(peer, ['task', 'diff', TASK_ID, OTHER_ID, ...words]);

it('shows a row for each port, follows every page, and exits with 8', async () => {
  const pages: object[] = [pageOf([], { next_cursor: '47f000001' }), pageOf([ITEM])];
  peer.override = () => ({ status: 200, body: pages.shift() });
  const { code, stdout, stderr } = await run('--not-scanned');
  expect([code, stdout.split('\n').slice(1)]).toEqual([
    8,
    [
      '127.0.0.5  changed    22  banner_changed  ssh a   ssh red',
      '127.0.0.5  changed    80  opened          -       http',
      '',
    ],
  ]);
  expect(stderr).toMatch(/^hosts: 0 appeared, 0 gone, 1 changed, 2 not scanned, 8 equal; ports: 2 opened, /);
  expect(peer.received.map(({ path }) => path)).toEqual(Array(2).fill(`/api/tasks/${TASK_ID}/diff/${OTHER_ID}`));
  expect(taskDiffQuerySchema.parse(peer.received[1]!.query)).toEqual({
    not_scanned: true,
    limit: 1_000,
    cursor: '47f000001',
  });
});

it('exits with 0 without a difference, also if something was not scanned', async () => {
  peer.override = () => ({ status: 200, body: pageOf([]) });
  expect(await run()).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('1 not scanned, 4 equal') });
  expect((await run('--json')).json()).toEqual(pageOf([]));
});

it.each([
  ['csv', 'ip,host\r\n', 'ip,host\r\n10.0.0.1,gone\r\n'],
  ['ndjson', '{"summary":{}}\n', '{"ip":"10.0.0.1"}\n{"summary":{}}\n'],
])('writes %s as it arrives, and the exit code says whether it has a difference', async (format, equal, different) => {
  for (const [body, code] of [
    [equal, 0],
    [different, 8],
  ] as const) {
    peer.override = () => ({ status: 200, body });
    expect(await run('--format', format)).toMatchObject({ code, stdout: body });
  }
});
