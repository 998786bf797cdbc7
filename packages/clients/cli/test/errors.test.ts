import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApiPeer, createApiPeer, problem, TASK_ID } from './api-peer';
import { runCli } from './run-cli';

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
});
afterEach(() => peer.close());

describe('errors', () => {
  it.each([
    [''],
    ['task'],
    ['nonsense'],
    ['task create'],
    ['task create 127.0.0.1 --ports 0'],
    ['task create 127.0.0.1 --ports 22,x'],
    ['task create 127.0.0.1 --priority 11'],
    ['task create 127.0.0.1 --timeout -1'],
    ['task create 127.0.0.1 --order random'],
    ['task create 127.0.0.1 --retryable TIMEOUT'],
    ['task create 127.0.0.1 --nonsense'],
    ['task get'],
    ['task get a b'],
    ['task list --status DONE'],
    ['task list --limit 0'],
    ['task list --url ftp://x'],
    ['task list --ws-url nonsense'],
  ])('usage: 2 and nothing sent (%s)', async (line) => {
    const { code, stdout, stderr } = await runCli(peer, line.split(' ').filter(Boolean));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
    expect(peer.received).toEqual([]);
  });

  it('a wrong key: 1, with what to do', async () => {
    const { code, stderr } = await runCli(peer, ['task', 'list', '--key', 'wrong']);
    expect([code, stderr]).toEqual([1, 'error: no valid API key (give a key with --key or CYBERSTROLL_API_KEY)\n']);
  });

  it('a server error: 1, with printable text', async () => {
    peer.override = () => problem(500, 'internal_error', 'oops \u001b[2J', { request_id: 'r-1' });
    const { code, stderr } = await runCli(peer, ['task', 'list']);
    expect([code, stderr]).toEqual([
      1,
      'error: oops \n  request: r-1\n  → search the log for the request_id, and report the bug\n',
    ]);
  });

  it.each([
    [1, { status: 502 - 2, body: '<html>' }],
    [1, { status: 200, body: '<html>' }],
    [1, { status: 200, body: { items: 'none' } }],
    [1, { status: 403, body: {} }],
    [1, { status: 429, body: {} }],
    [7, { status: 502, body: '<html>' }],
    [7, problem(503, 'mongodb_unavailable', 'MongoDB is away')],
    [7, 'hang up' as const],
  ])('%d where the API answers %j', async (exitCode, answer) => {
    peer.override = () => answer;
    expect(await runCli(peer, ['task', 'list'])).toMatchObject({ code: exitCode, stdout: '' });
  });

  it.each(['<html>', { items: 'none' }, {}, null, ''])(
    'another server than the API: 1, and which (%j)',
    async (body) => {
      peer.override = () => ({ status: 200, body });
      const { code, stderr } = await runCli(peer, ['task', 'list']);
      expect([code, stderr]).toEqual([1, `error: ${peer.url} answered with an unexpected body\n`]);
    },
  );

  it('an answer without end: 1, and how much is read', async () => {
    const server = createServer((_request, response) => {
      const writeMore = () => {
        while (!response.destroyed && response.write(' '.repeat(2 ** 20)));
      };
      response.on('drain', writeMore);
      writeMore();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stderr } = await runCli(undefined, ['task', 'list', '--url', url]);
    server.closeAllConnections();
    server.close();
    expect([code, stderr]).toEqual([1, `error: ${url}/api/tasks?limit=100 sent more than 64 MB\n`]);
  });

  it('no listener: 7, with the address', async () => {
    const gone = await createApiPeer();
    await gone.close();
    const { code, stderr } = await runCli(gone, ['task', 'get', TASK_ID]);
    expect(code).toBe(7);
    expect(stderr).toContain(`no answer from ${gone.url}: connect ECONNREFUSED`);
  });
});
