import { createTcpProxy, forgeReply, type TcpProxy } from '@cyberstroll/testkit';
import { createStore, type Store } from '../src';
import { type Calls, prepareCalls } from './every-method';
import { type StoreFixture, setup, silent } from './setup';

let fixture: StoreFixture;
let proxy: TcpProxy;
/** All its commands go through the proxy. It knows nothing from earlier calls. */
let refused: Store;
let calls: Calls;
beforeAll(async () => {
  fixture = await setup();
  proxy = await createTcpProxy(fixture.testbed.mongodb_uri);
  refused = createStore({ uri: proxy.url, instance: 'updater-2', logger: silent });
  await refused.start();
  calls = await prepareCalls(refused, fixture.store);
});
afterAll(async () => {
  await refused?.stop();
  await proxy?.close();
  await fixture?.cleanup();
});

it('every method of every repository rejects with the same transient error while MongoDB refuses', async () => {
  const refusal = forgeReply(proxy, { code: 371, codeName: 'UserWritesBlocked' });
  const answers: Record<string, unknown> = {};
  for (const [repository, methods] of Object.entries(calls)) {
    for (const [method, call] of Object.entries(methods as Record<string, () => Promise<unknown>>)) {
      const before = refusal.answered.length;
      const answer = await call().then(
        () => 'resolved',
        (error: unknown) => error,
      );
      answers[`${repository}.${method}`] = refusal.answered.length > before ? answer : 'no command was sent';
    }
  }
  refusal.end();
  const unavailable = expect.objectContaining({ kind: 'transient', code: 'mongodb_unavailable' });
  expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((name) => [name, unavailable])));
});
