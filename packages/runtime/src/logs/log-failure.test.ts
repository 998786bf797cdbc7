import { AppError } from '../app-error';
import { createSweep } from '../sweeps/sweep';
import { logFailure } from './log-failure';
import { createLogger } from './logger';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function createRecorded() {
  const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  const lines: object[] = [];
  for (const level of ['warn', 'info'] as const) {
    logger[level] = (({ err, ...facts }: { err?: Error }, message: string) =>
      void lines.push({ level, message, ...facts, ...(err && { error: err.message }) })) as never;
  }
  return { logger, lines };
}

it('logs an outage in which every pass of all sweeps fails once, and its end with the number of failures', async () => {
  const { logger, lines } = createRecorded();
  let isAway = true;
  let failures = 0;
  const fail = () => {
    failures += 1;
    throw new AppError('mongodb_unavailable');
  };
  const pass = async () => (isAway ? fail() : {});
  const sweeps = [
    createSweep({ name: 'one', intervalMs: 100, logger, sweepOnce: pass }),
    createSweep({ name: 'two', intervalMs: 2_000, logger, sweepOnce: pass }),
    createSweep({
      name: 'led',
      intervalMs: 1_000,
      logger,
      sweepOnce: async () => ({}),
      leadership: {
        isLeader: async () => (isAway ? fail() : false),
        release: async () => undefined,
        standBack: () => undefined,
      },
    }),
  ];
  for (const sweep of sweeps) await sweep.start();
  await jest.advanceTimersByTimeAsync(12_000);
  isAway = false;
  await jest.advanceTimersByTimeAsync(60_000);
  expect(failures).toBeGreaterThan(120);
  expect(lines).toEqual([
    { level: 'warn', message: 'sweep failed', sweep: 'one', error: expect.stringContaining('MongoDB') },
    {
      level: 'info',
      message: 'failures have ended',
      code: 'mongodb_unavailable',
      failures,
      duration_ms: expect.any(Number),
    },
  ]);
  for (const sweep of sweeps) await sweep.stop();
});

it('logs two outages apart, a lasting one again every five minutes, and errors of other kinds each time', async () => {
  const { logger, lines } = createRecorded();
  for (let minute = 0; minute < 11; minute++) {
    for (let times = 0; times < 4; times++) {
      logFailure(logger, { err: new AppError('broker_unavailable') }, 'dispatch failed');
      await jest.advanceTimersByTimeAsync(15_000);
    }
  }
  logFailure(logger, { err: new AppError('redis_unavailable') }, 'roll-up failed');
  for (let times = 0; times < 2; times++) logFailure(logger, { err: new TypeError('a bug') }, 'sweep failed');
  expect(lines).toMatchObject([
    { message: 'dispatch failed' },
    { message: 'dispatch failed', failures: 21 },
    { message: 'dispatch failed', failures: 41 },
    { message: 'roll-up failed' },
    { message: 'sweep failed', error: 'a bug' },
    { message: 'sweep failed', error: 'a bug' },
  ]);
});
