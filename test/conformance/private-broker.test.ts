import { startPrivateBroker } from '../../packages/nodes/conformance/src/bench/private-broker';

it('a private RabbitMQ that does not start: the error has what its log says', async () => {
  const starting = startPrivateBroker('no_such_setting = 1');
  await expect(starting).rejects.toThrow(
    /did not start: it has ended; the first errors of its log:\n.*no_such_setting/s,
  );
}, 120_000);
