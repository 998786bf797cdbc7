import type { Logger } from 'pino';
import type { Component } from './component';

/**
 * Runs a service until SIGTERM or SIGINT. Drained in time: exit 0. Past the deadline, on a second signal, or when it
 * could not start: exit 1.
 */
export async function runService(
  service: Component,
  { logger, deadlineMs = 15_000 }: { logger: Logger; deadlineMs?: number },
): Promise<void> {
  const exit = (code: number) => logger.flush(() => process.exit(code));
  let stopping = false;
  async function shutDown(signal: string) {
    if (stopping) {
      logger.warn({ signal }, 'second signal: stopping at once');
      return exit(1);
    }
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error({ deadline_ms: deadlineMs }, 'not drained in time');
      exit(1);
    }, deadlineMs).unref();
    try {
      await service.stop();
      logger.info('stopped');
      exit(0);
    } catch (err) {
      logger.error({ err }, 'stopping failed');
      exit(1);
    }
  }
  process.on('SIGTERM', (signal) => void shutDown(signal));
  process.on('SIGINT', (signal) => void shutDown(signal));
  process.on('unhandledRejection', (err) => {
    logger.fatal({ err }, 'unhandled rejection');
    exit(1);
  });
  try {
    await service.start();
    logger.info('ready');
  } catch (err) {
    logger.fatal({ err }, 'could not start');
    await service.stop().catch(() => undefined);
    exit(1);
  }
}
