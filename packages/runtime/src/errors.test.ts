import { AppError, toAppError } from './app-error';
import { backoffMs } from './backoff';
import { redactUrl } from './logger';

it('takes an AppError as it is, and anything else for a bug', () => {
  const known = new AppError('missing', 'task_not_found', 'there is no task 1');
  expect(toAppError(known)).toBe(known);
  expect(toAppError(new TypeError('x is undefined'))).toMatchObject({
    kind: 'unknown',
    code: 'internal_error',
    message: 'x is undefined',
  });
  expect(toAppError('text')).toMatchObject({ kind: 'unknown', message: 'text' });
});

it('backs off exponentially, capped, anywhere below the ceiling', () => {
  const options = { baseMs: 100, capMs: 1_000 };
  expect([1, 2, 3, 4, 5, 50].map((attempt) => backoffMs(attempt, options, 0.999_999))).toEqual([
    99, 199, 399, 799, 999, 999,
  ]);
  expect(backoffMs(3, options, 0)).toBe(0);
});

it('shows no password in a URL', () => {
  expect(redactUrl('amqp://user:secret@127.0.0.1:5672/vhost')).toBe('amqp://user:***@127.0.0.1:5672/vhost');
  expect(redactUrl('rediss://host/0?password=secret#secret')).toBe('rediss://host/0');
  expect(redactUrl('secret')).toBe('(not a URL)');
});
