import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiPeer, createApiPeer, KEY } from './api-peer';
import { makeFolder } from './make-folder';
import { runCli } from './run-cli';

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
});
afterEach(() => peer.close());

describe('which API', () => {
  function setupStack(content: object): string {
    const root = makeFolder();
    mkdirSync(join(root, '.local'));
    mkdirSync(join(root, 'deep/down'), { recursive: true });
    writeFileSync(join(root, '.local/stack.json'), JSON.stringify(content));
    return join(root, 'deep/down');
  }

  it('uses the stack that runs above the working directory', async () => {
    const cwd = setupStack({ api_url: peer.url, ws_url: peer.url.replace('http', 'ws'), api_key: KEY });
    expect(await runCli(undefined, ['task', 'list'], { cwd })).toMatchObject({ code: 0 });
  });

  it('exits with 7 and a remedy without an API', async () => {
    const { code, stderr } = await runCli(undefined, ['task', 'list']);
    expect(code).toBe(7);
    expect(stderr).toContain('start one with "npm start", or name an API with --url');
  });

  it('prefers a named API, which does not get the stack’s key', async () => {
    const cwd = setupStack({ api_url: 'http://127.0.0.1:1', api_key: KEY });
    expect(await runCli(undefined, ['task', 'list', '--url', peer.url], { cwd })).toMatchObject({ code: 1 });
    expect(peer.received[0]!.headers.authorization).toBeUndefined();
    const env = { CYBERSTROLL_URL: `${peer.url}/api/`, CYBERSTROLL_API_KEY: KEY };
    expect(await runCli(undefined, ['task', 'list'], { cwd, env })).toMatchObject({ code: 0 });
  });

  it('follows no redirect: the key would go with it', async () => {
    const other = await createApiPeer();
    peer.override = () => ({ status: 307, body: '', location: `${other.url}/api/tasks` });
    expect(await runCli(peer, ['task', 'list'])).toMatchObject({ code: 1 });
    expect(other.received).toEqual([]);
    await other.close();
  });
});
