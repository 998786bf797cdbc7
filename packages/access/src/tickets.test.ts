import type { Session } from '@cyberstroll/contracts';
import { holdDate, testLogger } from '@cyberstroll/testkit';
import { parseApiKeys } from './keys/api-keys';
import { createKeyRing } from './keys/key-ring';
import { toDigest } from './keys/secrets';
import { issueTicket, redeemTicket } from './tickets';

const VERA = { name: 'vera', role: 'viewer' as const };
const [TASK, OTHER] = ['a'.repeat(24), 'b'.repeat(24)];
const session = { _id: 'of-vera' } as Session;

function setup() {
  const kept = new Map<string, string>();
  const asked: string[] = [];
  const tickets = {
    keepTicket: async (digest: string, value: string) => void kept.set(digest, value),
    async takeTicket(digest: string) {
      asked.push(digest);
      const value = kept.get(digest);
      kept.delete(digest);
      return value;
    },
  };
  const open = new Map([[session._id, session]]);
  const keys = createKeyRing({
    apiKeys: { findChanges: async () => [], markUsed: async () => undefined },
    bootstrap: parseApiKeys('vera:viewer:0123456789abcdef,page:viewer:fedcba9876543210'),
    logger: testLogger,
  });
  const sessions = { findOpen: async (id: string) => open.get(id) };
  const issue = (caller: Parameters<typeof issueTicket>[1] = VERA, sign = keys.sign) =>
    issueTicket({ tickets, keys: { sign } }, caller, TASK);
  const redeem = (text: string, taskId: string | undefined = TASK) =>
    redeemTicket({ tickets, keys, sessions }, text, taskId);
  return { kept, asked, tickets, open, keys, issue, redeem };
}

it('calls once for the key that issued it, and for its session', async () => {
  const { issue, redeem } = setup();
  const text = await issue();
  expect([await redeem(text), await redeem(text)]).toEqual([VERA, undefined]);
  expect(await redeem(await issue({ ...VERA, session }))).toEqual({ ...VERA, session });
});

it('is for one task, or for all, and used up by the attempt', async () => {
  const { tickets, keys, issue, redeem } = setup();
  const forAll = () => issueTicket({ tickets, keys }, VERA, undefined);
  const text = await issue();
  for (const taskId of [OTHER, TASK]) expect(await redeem(text, taskId)).toBeUndefined();
  expect(await redeemTicket({ tickets, keys, sessions: { findOpen } }, await issue(), undefined)).toBeUndefined();
  expect(await redeem(await forAll())).toBeUndefined();
  expect(await redeemTicket({ tickets, keys, sessions: { findOpen } }, await forAll(), undefined)).toEqual(VERA);
});
const findOpen = async () => undefined;

it('is not issued by a key that has ended, and ends with the session', async () => {
  const { open, issue, redeem } = setup();
  await expect(issue({ name: 'nobody' })).rejects.toMatchObject({ code: 'unauthorised' });
  const text = await issue({ ...VERA, session });
  open.clear();
  expect(await redeem(text)).toBeUndefined();
});

it.each<[string, (text: string, keys: ReturnType<typeof setup>['keys']) => string | undefined]>([
  ['by nobody', () => ''],
  ['by another key', (text, keys) => keys.sign({ name: 'page' }, text)],
  ['for another task', (text, keys) => keys.sign(VERA, text.replace(TASK!, OTHER!))],
])('signed %s it is nothing, whoever wrote it down', async (_by, sign) => {
  const { keys, issue, redeem } = setup();
  expect(await redeem(await issue(VERA, (_caller, text) => sign(text, keys)))).toBeUndefined();
});

it('is nothing that a reader could use, and ends even if a writer puts it back', async () => {
  const { kept, issue, redeem } = setup();
  const text = await issue();
  const [[digest, value]] = [...kept] as [[string, string]];
  expect(`${digest} ${value}`).not.toContain(text);
  expect(digest).toBe(toDigest(text));
  const date = holdDate();
  try {
    date.pass(500_000);
    expect(await redeem(text)).toEqual(VERA);
    kept.set(digest, value);
    date.pass(200_000);
    expect(await redeem(text)).toBeUndefined();
  } finally {
    date.release();
  }
});

it('is asked for only if it may be one', async () => {
  const { asked, redeem } = setup();
  for (const text of ['', 'x', `${'x'.repeat(31)}*`, 'x'.repeat(10_000)]) expect(await redeem(text)).toBeUndefined();
  expect(asked).toEqual([]);
});
