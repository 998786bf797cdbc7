import { loadConfig, rabbitmqConfigShape } from './config';
import { parseManagementUrl, parseRabbitmqUrl } from './rabbitmq-url';

const load = (url: string) => loadConfig(rabbitmqConfigShape, { RABBITMQ_URL: url }).RABBITMQ_URL;

it.each([
  'amqp://u:p@rabbit:5672/vhost',
  'amqps://u:p%40ss@rabbit',
  'amqp://[::1]:5672/%2F?heartbeat=5',
  'amqp://u:p@one,two:5673,[fd00::3]/v?heartbeat=5',
  'amqps://one,two',
])('takes %s', (url) => {
  expect(load(url)).toBe(url);
});

it.each([
  'hidden',
  'http://u:hidden@rabbit',
  'amqp://u:hid/den@rabbit',
  'amqp://u:1?hidden@rabbit',
  'amqp://u:1#hidden@rabbit',
  'amqp://u:hid@den@rabbit',
  'amqp://u:hidden%@rabbit',
  'amqp://u:hidden%FF@rabbit',
  'amqp://u:hidden@',
  'amqp://u:hidden@one:port',
  'amqp://u:hidden@one,,two',
  'amqp://u:hidden@one,amqp://two',
  'amqp://hidden@rabbit',
  'amqp://:hidden@rabbit',
])('refuses %s without repeating it', (url) => {
  expect(() => load(url)).toThrow(/^(?!.*hid)the configuration is not valid: RABBITMQ_URL: must have the form amqp:/);
});

it('names all faults at once', () => {
  expect(() => load('amqp://us%er@one:port,two,:1/v%?heartbeat=often')).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(
        new RegExp(
          [
            'its host 1 of 3 is not host or host:port',
            'its host 3 of 3 is not host or host:port',
            'its user has a % that does not begin percent-encoded UTF-8',
            'its vhost has a % that does not begin percent-encoded UTF-8',
            'it names a user without a password',
            'its heartbeat is not a whole number',
          ].join('; '),
        ),
      ),
    }),
  );
});

it('reads every part, decoded, with the default port of the protocol', () => {
  expect(parseRabbitmqUrl('amqps://%C3%BC:p%40%2F%3A%25@one,[::1]:7/a%2Fb%C3%BC?heartbeat=5')).toEqual({
    protocol: 'amqps',
    hosts: [
      { hostname: 'one', port: 5671 },
      { hostname: '::1', port: 7 },
    ],
    user: 'ü',
    password: 'p@/:%',
    vhost: 'a/bü',
    parameters: { heartbeat: '5' },
  });
  expect(parseRabbitmqUrl('amqp://one')).toMatchObject({ hosts: [{ port: 5672 }], user: undefined, vhost: '/' });
  expect(parseRabbitmqUrl('amqp://one/')).toMatchObject({ vhost: '/' });
  expect(parseManagementUrl('http://u:p@one:15672,two/cyberstroll').hosts.map(({ port }) => port)).toEqual([
    15_672, 80,
  ]);
  expect(() => parseManagementUrl('amqp://one')).toThrow(/must have the form http:/);
});

describe('guest with password guest', () => {
  it.each(['amqp://rabbit', 'amqp://guest:guest@rabbit', 'amqps://guest:guest@127.evil', 'amqp://localhost,rabbit'])(
    'is refused at %s',
    (url) => expect(() => load(url)).toThrow(/RABBITMQ_URL: .*guest beyond loopback: name a user/),
  );
  it.each(['amqp://localhost', 'amqp://guest:guest@127.0.0.1:5672', 'amqp://[::1],127.0.0.1'])(
    'is taken at %s',
    (url) => {
      expect(load(url)).toBe(url);
    },
  );
});
