import { createOutageLog } from '@cyberstroll/runtime';
import { createTestbed, eventually, type Testbed } from '@cyberstroll/testkit';
import { createBrokerConnection } from '../src/connection/connection';
import { logger } from './setup';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(() => testbed?.cleanup());

/** `declare` gets the number of the connection, from 1. */
const createConnection = (declare: (attempt: number) => Promise<void>, declareWithinMs?: number) => {
  let attempts = 0;
  const outages = createOutageLog(logger, 'rabbitmq', {});
  const declareNext = () => declare(++attempts);
  const options = { url: testbed.rabbitmq_url, name: 'test', outages, logger };
  return createBrokerConnection({ ...options, declare: declareNext, ...(declareWithinMs && { declareWithinMs }) });
};
const never = new Promise<void>(() => undefined);

it('leaves a broker that does not answer the declarations, and connects again', async () => {
  const connection = createConnection((attempt) => (attempt === 1 ? never : Promise.resolve()), 50);
  connection.start();
  expect(await connection.whenUp(new AbortController().signal)).toBeDefined();
  await connection.stop();
});

it('stops while the broker does not answer the declarations', async () => {
  let asked = 0;
  const connection = createConnection((attempt) => {
    asked = attempt;
    return never;
  });
  connection.start();
  await eventually(() => asked === 1);
  await connection.stop();
  expect(connection.isUp()).toBe(false);
});
