import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listResultsQuerySchema } from '@cyberstroll/contracts';
import type { ApiResult } from '../src/api-types';
import { type ApiPeer, createApiPeer, problem, TASK_ID } from './api-peer';
import { runCli } from './run-cli';

const RESULT: ApiResult = {
  task_id: TASK_ID,
  subtask_id: `${TASK_ID}-5`,
  ip: '127.0.0.5',
  open_ports: [22, 80],
  services: ['22/tcp ssh \u001b[31mred'],
  ports: [{ port: 22, protocol: 'tcp', state: 'open', service: 'ssh' }],
  response_time: 2,
  completed_time: '2026-01-31T12:00:00.000Z',
  assigned_node: 'node-1',
};

describe('against an API with pages', () => {
  let peer: ApiPeer;
  beforeEach(async () => {
    peer = await createApiPeer();
    peer.override = () => ({ status: 200, body: { items: [RESULT] } });
  });
  afterEach(() => peer.close());

  it('shows hosts with open ports as a table, and as JSON', async () => {
    const { code, stdout } = await runCli(peer, ['results', '--port', '22']);
    expect([code, stdout.split('\n')[1]]).toEqual([
      0,
      `127.0.0.5  22, 80  22/tcp ssh red  2026-01-31 12:00:00Z  node-1  ${TASK_ID}-5`,
    ]);
    expect((await runCli(peer, ['results', '--json'])).json()).toEqual({ items: [RESULT] });
  });

  it('every filter becomes a parameter that the API takes', async () => {
    const words = `results --port 22 --service ssh --target 10.0.0.0/24 --task ${TASK_ID} --label office --after 2026-01-31T12:00:00Z --before 2026-02-01T12:00:00Z`;
    expect((await runCli(peer, words.split(' '))).code).toBe(0);
    expect(listResultsQuerySchema.parse(peer.received[0]!.query)).toEqual({
      port: 22,
      service: 'ssh',
      target: '10.0.0.0/24',
      task_id: TASK_ID,
      label: 'office',
      limit: 100,
      after: '2026-01-31T12:00:00Z',
      before: '2026-02-01T12:00:00Z',
    });
  });

  it('counts by port and by service, and says that not all is counted', async () => {
    const ports = [{ port: 22, results: 3 }];
    const services = [
      { service: 'ssh', results: 2 },
      { service: '', results: 1 },
    ];
    const body = { results: 3, hosts: 2, is_complete: false, ports, services };
    peer.override = () => ({ status: 200, body });
    const { code, stdout, stderr } = await runCli(peer, ['results', '--facets', '--limit', '5000']);
    expect([code, stdout, stderr]).toEqual([
      0,
      '3 results, 2 distinct addresses\n\nRESULTS  PORT\n      3  22\n\nRESULTS  SERVICE\n      2  ssh\n      1  -\n',
      'not all that match are counted: narrow the filter\n',
    ]);
    expect(peer.received[0]).toMatchObject({ path: '/api/results/facets', query: { limit: '1000' } });
  });

  it('a refused stream is an error like that of a list, and nothing is on stdout', async () => {
    peer.override = () => problem(400, 'invalid_query', 'target: must be one address or one network');
    const { code, stdout, stderr } = await runCli(peer, ['results', '--target', 'x', '--format', 'csv']);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('must be one address')]);
  });
});

describe('against an API that streams', () => {
  let server: Server;
  let answer: (response: ServerResponse) => void;
  let accepted: string | undefined;
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  beforeEach(async () => {
    server = createServer((request, response) => {
      accepted = request.headers.accept;
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));
  const run = (format: string) => runCli(undefined, ['results', '--format', format, '--url', url()]);

  it.each([
    ['csv', 'text/csv', 'ip,service\r\n127.0.0.5,\u001b[31m红\r\n', 'ip,service\r\n127.0.0.5,[31m红\r\n'],
    ['ndjson', 'application/x-ndjson', '{"a":"\u009b31m红"}\n{"b":1}\n', '{"a":"\\u009b31m红"}\n{"b":1}\n'],
  ])('writes %s as it arrives, without what a terminal would obey', async (format, type, sent, written) => {
    answer = (response) => {
      // In the middle of a character.
      const bytes = Buffer.from(sent);
      const middle = bytes.indexOf(Buffer.from('红')) + 1;
      response.write(bytes.subarray(0, middle), () => setImmediate(() => response.end(bytes.subarray(middle))));
    };
    expect(await run(format)).toMatchObject({ code: 0, stdout: written, stderr: '' });
    expect(accepted).toBe(type);
  });

  it('an answer that is cut off is an error, and what came before is on stdout', async () => {
    answer = (response) => response.write('ip\r\n127.0.0.5\r\n', () => response.destroy());
    const { code, stdout, stderr } = await run('csv');
    expect([code, stdout]).toEqual([7, 'ip\r\n127.0.0.5\r\n']);
    expect(stderr).toContain('the answer was cut off');
  });
});
