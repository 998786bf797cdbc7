import type { AuditEntry } from '@cyberstroll/contracts';
import { testLogger } from '@cyberstroll/testkit';
import { createRefusals } from './refusals';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function setup(add?: () => Promise<never>) {
  const entries: Partial<AuditEntry>[] = [];
  const auditLog = { add: add ?? (async (entry: Partial<AuditEntry>) => void entries.push(entry)) };
  const refusals = createRefusals({ auditLog, days: 7, logger: testLogger });
  const call = (tried: 'key' | 'session' | undefined) => (address: string) =>
    refusals.note({ address, requestId: 'r', tried });
  return { entries, call, note: call('key') };
}

it('answers 300 refused calls of an address in a minute, whatever others do', () => {
  const { note } = setup();
  const seconds = Array.from({ length: 301 }, () => note('192.0.2.1'));
  expect(seconds.slice(0, 300).every((each) => each === undefined)).toBe(true);
  expect(seconds[300]).toBe(60);
  expect(note('192.0.2.2')).toBeUndefined();
});

it('writes one refused call of each address to the audit log, and 100 of all', () => {
  const { entries, note } = setup();
  for (let n = 0; n < 240; n++) note(`192.0.2.${n >> 1}`);
  expect(entries.map(({ address }) => address)).toEqual(Array.from({ length: 100 }, (_, n) => `192.0.2.${n}`));
  expect(entries[0]).toEqual({
    time: expect.any(Date),
    operation: 'login',
    address: '192.0.2.0',
    request_id: 'r',
    status: 401,
    code: 'unauthorised',
  });
});

it('a call without a key, or with a session that has ended, is counted, but is no refused login', () => {
  const { entries, call } = setup();
  for (const tried of [undefined, 'session'] as const) call(tried)('192.0.2.1');
  expect(entries).toEqual([]);
});

it('never waits for the audit log, and never throws', async () => {
  const { note } = setup(() => Promise.reject(new Error('unavailable')));
  expect(note('192.0.2.1')).toBeUndefined();
  await Promise.resolve();
});
