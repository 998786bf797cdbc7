import { AppError, toAppError } from './app-error';
import { redactUrl } from './logs/logger';
import { backoffMs } from './timers';

it('takes an AppError as it is, and anything else for a bug', () => {
  const known = new AppError('task_not_found', { detail: '1' });
  expect(toAppError(known)).toBe(known);
  expect(known).toMatchObject({ kind: 'missing', message: 'there is no such task: 1', details: {} });
  expect(toAppError(new TypeError('x is undefined'))).toMatchObject({
    kind: 'unknown',
    code: 'internal_error',
    message: 'unexpected error in the service: x is undefined',
  });
  expect(toAppError('text')).toMatchObject({ kind: 'unknown', message: 'unexpected error in the service: text' });
});

it('backs off exponentially, capped, anywhere below the ceiling', () => {
  for (const random of [0, 0.000_1, 0.5, 0.75, 0.999_999]) {
    for (const { baseMs, capMs } of [
      { baseMs: 100, capMs: 1_000 },
      { baseMs: 1, capMs: 30_000 },
      { baseMs: 500, capMs: 100 },
    ]) {
      let ceilingMs = baseMs;
      for (let attempt = 1; attempt <= 100; attempt++) {
        expect(backoffMs(attempt, { baseMs, capMs }, random)).toBe(Math.floor(random * Math.min(capMs, ceilingMs)));
        ceilingMs *= 2;
      }
    }
  }
});

it('shows no password in a URL', () => {
  expect(redactUrl('amqp://user:secret@127.0.0.1:5672/vhost')).toBe('amqp://user:***@127.0.0.1:5672/vhost');
  expect(redactUrl('rediss://host/0?password=secret#secret')).toBe('rediss://host/0');
  expect(redactUrl('amqps://user:secret@one:5671,[::1],two/v%2Fhost?heartbeat=5')).toBe(
    'amqps://user:***@one:5671,[::1],two/v%2Fhost',
  );
  expect(redactUrl('mongodb+srv://host/database')).toBe('mongodb+srv://host/database');
  for (const url of ['secret', 'amqp://user:sec/ret@host', 'amqp://user:1?secret@host', 'amqp://user:sec@ret@host']) {
    expect(redactUrl(url)).toBe('(not a URL)');
  }
});
