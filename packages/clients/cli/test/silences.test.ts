import { createSilenceBodySchema } from '@cyberstroll/contracts';
import { type ApiPeer, createApiPeer } from './api-peer';
import { runCli } from './run-cli';

const SILENCE = {
  silence_id: '0123456789abcdef01234567',
  rule: 'node_silent',
  subject: 'node-a',
  reason: 'new machine\u001b[31m',
  operator: 'otto',
  created_time: '2026-01-31T12:00:00.000Z',
  until: '2026-02-01T12:00:00.000Z',
};

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  peer.override = ({ method }) => ({ status: 200, body: method === 'GET' ? { items: [SILENCE] } : SILENCE });
});
afterEach(() => peer.close());

it('silences a rule or a subject, lists and ends', async () => {
  const create = ['silence', 'create', 'node_silent', '--hours', '24', '--reason', 'new machine'];
  const made = await runCli(peer, [...create, '--subject', 'node-a']);
  expect([made.code, made.stdout]).toEqual([0, expect.stringContaining(`${SILENCE.silence_id} silences node_silent`)]);
  const body = { rule: 'node_silent', subject: 'node-a', hours: 24, reason: 'new machine' };
  expect(createSilenceBodySchema.parse(peer.received[0]!.body)).toEqual(body);
  const listed = await runCli(peer, ['silence', 'list']);
  expect(listed.stdout).toMatch(/0123456789abcdef01234567 +node_silent +node-a .*otto +new machine/);
  const ended = await runCli(peer, ['silence', 'end', SILENCE.silence_id, '--reason', 'over']);
  expect([ended.code, ended.stdout]).toEqual([0, `${SILENCE.silence_id} has ended\n`]);
  expect(peer.received.at(-1)).toMatchObject({ method: 'DELETE', path: `/api/silences/${SILENCE.silence_id}` });
});

it.each([
  ['no such rule', ['no_rule', '--hours', '1', '--reason', 'x']],
  ['no hours', ['node_silent', '--reason', 'x']],
  ['no reason', ['node_silent', '--hours', '1']],
])('refuses %s before it asks the API', async (_, options) => {
  expect((await runCli(peer, ['silence', 'create', ...options])).code).toBe(2);
  expect(peer.received).toEqual([]);
});
