import type { ApiKey } from '@cyberstroll/client';
import { type ApiPeer, createApiPeer, problem } from './api-peer';
import { runCli } from './run-cli';

const KEY_ID = '66b2f0c3a1d4e5f607182930';
const SECRET = `cs_${'a'.repeat(43)}`;
const key: ApiKey = {
  key_id: KEY_ID,
  name: 'team-a',
  role: 'operator',
  networks: ['10.1.0.0/16'],
  requests_per_minute: 600,
  created_time: '2026-01-31T12:00:00.000Z',
  created_by: 'ada',
  last_used_time: '2026-01-31T13:00:00.000Z',
};

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  peer.override = ({ method, path }) => {
    if (path === '/api/keys')
      return {
        status: method === 'GET' ? 200 : 201,
        body: method === 'GET' ? { items: [key] } : { ...key, secret: SECRET },
      };
    if (path === `/api/keys/${KEY_ID}/rotate`) return { status: 200, body: { ...key, secret: SECRET } };
    if (path === `/api/keys/${KEY_ID}/revoke`) return { status: 200, body: key };
    return problem(404, 'key_not_found', 'there is no such API key');
  };
});
afterEach(() => peer.close());

it('prints a new secret alone on stdout, and what is known of the key on stderr', async () => {
  const words = 'key create team-a --role operator --network 10.1.0.0/16 --network 10.2.0.0/16 --rate-limit 600';
  const { code, stdout, stderr } = await runCli(peer, [...words.split(' '), '--expires', '2099-01-01T00:00:00Z']);
  expect([code, stdout]).toEqual([0, `${SECRET}\n`]);
  expect(stderr).toContain(KEY_ID);
  expect(stderr).not.toContain(SECRET);
  expect(peer.received[0]!.body).toEqual({
    name: 'team-a',
    role: 'operator',
    networks: ['10.1.0.0/16', '10.2.0.0/16'],
    requests_per_minute: 600,
    expires_time: '2099-01-01T00:00:00Z',
  });
  expect((await runCli(peer, ['key', 'create', 'team-a', '--role', 'root'])).code).toBe(2);
});

it('says what to do where the answer with the secret was lost', async () => {
  peer.override = () => ({ status: 200, body: key });
  const { code, stdout, stderr } = await runCli(peer, ['--json', 'key', 'rotate', KEY_ID]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`cyberstroll key rotate ${KEY_ID} makes a new one`);
});
