import type { AuditEntry } from '@cyberstroll/client';
import { type ApiPeer, createApiPeer, problem } from './api-peer';
import { runCli } from './run-cli';

const TASK_ID = '0123456789abcdef01234567';
const entry: AuditEntry = {
  audit_id: 'abcdef0123456789abcdef01',
  time: '2026-01-31T12:00:00.000Z',
  operation: 'cancelTask',
  operator: 'otto',
  role: 'operator',
  address: '10.0.0.7',
  request_id: 'ticket-7',
  task_id: TASK_ID,
  reason: 'wrong network\u001b[31m',
  before: 'RUNNING',
  after: 'CANCELLED',
  status: 200,
  expires: '2027-01-31T12:00:00.000Z',
};
const { before: _before, ...ofOne } = entry;
const ofMany: AuditEntry = { ...ofOne, subject: '0123456789abcdef0000cafe', after: 'unchanged' };
const login: AuditEntry = {
  audit_id: 'abcdef0123456789abcdef00',
  time: '2026-01-31T11:00:00.000Z',
  operation: 'login',
  address: '10.0.0.9',
  request_id: 'r',
  status: 401,
  code: 'unauthorised',
  expires: '2027-01-31T11:00:00.000Z',
};

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  peer.override = ({ path }) =>
    path === '/api/audit'
      ? { status: 200, body: { items: [entry, ofMany, login] } }
      : problem(404, 'route_not_found', 'no');
});
afterEach(() => peer.close());

it('lists who commanded what, without control characters of theirs', async () => {
  const { code, stdout } = await runCli(peer, ['audit']);
  expect(code).toBe(0);
  const [, command, operation, refused] = stdout.split('\n');
  expect(command).toMatch(
    /otto +operator +10\.0\.0\.7 +cancelTask +\w+ +- +RUNNING > CANCELLED +200 +- +wrong network/,
  );
  expect(operation).toMatch(/otto .* cancelTask +\w+ +0123456789abcdef0000cafe +> unchanged +200 /);
  expect(refused).toMatch(/- +- +10\.0\.0\.9 +login +- +- +- +401 +unauthorised/);
  expect(stdout).not.toContain('\u001b');
});

it('hands the filters to the API', async () => {
  const words = `audit --operator otto --operation cancelTask --task ${TASK_ID} --after 2026-01-01T00:00:00Z --limit 5`;
  const { json } = await runCli(peer, [...words.split(' '), '--json']);
  expect(json()).toEqual({ items: [entry, ofMany, login] });
  expect(peer.received[0]!.query).toEqual({
    operator: 'otto',
    operation: 'cancelTask',
    task_id: TASK_ID,
    after: '2026-01-01T00:00:00Z',
    limit: '5',
  });
});
