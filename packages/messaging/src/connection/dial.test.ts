import { createDial } from './dial';

const dial = (url: string, tls = {}) => createDial({ url, tls, name: 'test', timeoutMs: 1_000 });

it('asks for a user, or over TLS for a certificate to log in by', () => {
  expect(() => dial('amqps://rabbit')).toThrow(/names no user; .*TLS_CERT and TLS_KEY/);
  expect(() => dial('amqps://rabbit', { cert: 'PEM', key: 'PEM' })).not.toThrow();
  expect(() => dial('amqps://u:p@rabbit')).not.toThrow();
});

it('says what is wrong with the URL, and repeats no part of it', () => {
  const dialing = () => dial('amqp://u:hidden@one:port,two');
  expect(dialing).toThrow(
    /^(?!.*hid)the URL of RabbitMQ is not valid: must have the form .*; its host 1 of 2 is not host or host:port$/,
  );
  expect(dialing).toThrow(expect.objectContaining({ kind: 'fatal', code: 'bad_url' }));
});
