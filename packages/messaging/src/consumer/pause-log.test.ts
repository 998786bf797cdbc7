import { AppError, createLogger } from '@cyberstroll/runtime';
import { createPauseLog } from './pause-log';

const fault = (answer: string) => new AppError('mongodb_unavailable', { detail: `it answers ${answer}` });

function setUp(options: { standstillMs: number; repeatMs: number }) {
  const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  const logged: string[] = [];
  for (const level of ['info', 'warn', 'error'] as const) {
    logger[level] = (({ err }: { err?: Error }, message: string) =>
      logged.push([level, message, err?.message].filter(Boolean).join(': '))) as never;
  }
  return { pauses: createPauseLog(logger, 'cs.updates', options), logged };
}

it('logs a pause of many messages once at its begin and once at its end', () => {
  const { pauses, logged } = setUp({ standstillMs: 60_000, repeatMs: 60_000 });
  const [one, other] = [{}, {}];
  for (const handling of [one, other, one]) pauses.failed(handling, fault('Unauthorized (13)'));
  pauses.check();
  pauses.ended(one);
  expect(logged).toEqual(['warn: intake paused: MongoDB is unavailable: it answers Unauthorized (13)']);
  pauses.ended(other);
  pauses.ended({});
  expect(logged.slice(1)).toEqual(['info: intake resumed']);
});

it('after a while logs the error of that moment as one for an operator, and is not well', () => {
  const { pauses, logged } = setUp({ standstillMs: 0, repeatMs: 60_000 });
  const handling = {};
  pauses.failed(handling, fault('NotWritablePrimary (10107)'));
  for (let tries = 0; tries < 3; tries++) pauses.failed(handling, fault('UserWritesBlocked (371)'));
  expect(logged.slice(1)).toEqual([
    'error: intake still paused: MongoDB is unavailable: it answers UserWritesBlocked (371)',
  ]);
  expect(() => pauses.check()).toThrow(
    /: those of cs.updates have waited for \d+ s: MongoDB is unavailable: it answers UserWritesBlocked \(371\)$/,
  );
  pauses.ended(handling);
  pauses.check();
});
