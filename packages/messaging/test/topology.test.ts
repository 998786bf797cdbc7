import { EXCHANGES, QUEUES, toJobQueue } from '@cyberstroll/contracts';
import { callManagement } from '@cyberstroll/testkit';
import { declareTopology, type Fixture, setup } from './setup';

it('every queue is a quorum queue: it outlives the loss of any one broker node', () => {
  for (const queue of [...Object.values(QUEUES), toJobQueue('any')]) {
    expect([queue.name, queue.arguments['x-queue-type']]).toEqual([queue.name, 'quorum']);
  }
});

describe('the topology', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await setup();
  });
  afterAll(() => fixture.cleanup());

  const list = (what: string) =>
    callManagement(fixture.testbed.rabbitmq_management_url, 'GET', `/api/${what}/${fixture.testbed.vhost}`) as Promise<
      Record<string, unknown>[]
    >;

  it('declares the topology as the contracts say; declaring it twice changes nothing', async () => {
    await declareTopology(fixture.channel);
    await declareTopology(fixture.channel);

    const exchanges = await list('exchanges');
    for (const { name, type } of Object.values(EXCHANGES)) {
      expect(exchanges).toContainEqual(expect.objectContaining({ name, type, durable: true, auto_delete: false }));
    }
    const queues = await list('queues');
    const bindings = await list('bindings');
    expect(queues).toHaveLength(Object.keys(QUEUES).length);
    for (const queue of Object.values(QUEUES)) {
      expect(queues).toContainEqual(
        expect.objectContaining({
          name: queue.name,
          durable: true,
          exclusive: false,
          arguments: expect.objectContaining(queue.arguments),
        }),
      );
      for (const source of queue.exchanges) {
        expect(bindings).toContainEqual(
          expect.objectContaining({ source, destination: queue.name, routing_key: queue.routingKey }),
        );
      }
    }
  });
});
