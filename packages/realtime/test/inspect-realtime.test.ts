import { createTestbed, type Testbed } from '@cyberstroll/testkit';
import { inspectRealtime } from '../src';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(() => testbed?.cleanup());

it('finds a Redis as it comes sound', async () => {
  const diagnoses = await inspectRealtime({ url: testbed.redis_url });
  expect(diagnoses.map(({ check, verdict }) => [check, verdict])).toEqual([
    ['redis', 'ok'],
    ['redis clock', 'ok'],
    ['redis version', 'ok'],
    ['redis role', 'ok'],
    ['redis memory', 'ok'],
  ]);
});

it('says that it cannot be reached', async () => {
  const diagnoses = await inspectRealtime({ url: 'redis://127.0.0.1:1' });
  expect(diagnoses).toMatchObject([{ verdict: 'fail', found: expect.stringContaining('ECONNREFUSED') }]);
});
