import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import type { Logger } from 'pino';
import type * as z from 'zod';
import { toAppError } from '../app-error';
import { type BaseConfig, loadConfig } from '../config/config';
import { createLogger } from '../logs/logger';
import { flushSpans } from '../tracing';
import type { Component } from './component';

export interface ServiceProgram<Shape extends z.ZodRawShape> {
  /** The name in logs and metrics: `state-updater`. */
  name: string;
  configShape: Shape;
  createService: (config: z.infer<z.ZodObject<Shape>>, logger: Logger) => Component;
  /** How long stopping may take. */
  toDeadlineMs?: (config: z.infer<z.ZodObject<Shape>>) => number;
}

const DEADLINE_MS = 15_000;

/**
 * V8 lets the heap grow to about four times of what is alive before it collects the old part of it. So a service whose
 * load changes much takes more memory than it needs. Twice is enough; with less, it collects too often.
 */
const HEAP_GROWING_PERCENT = 100;
const NODE_MAJOR = Number.parseInt(process.versions.node, 10);

/**
 * The whole life of a service's process: configuration from the environment, logger, start, then run until SIGTERM or
 * SIGINT. A service that drains in time exits with 0. Invalid configuration, a failed start, a missed deadline, a
 * second signal, or a promise rejection that nobody handles: exit 1. A signal during the start ends the start.
 */
export async function runService<Shape extends z.ZodRawShape>(program: ServiceProgram<Shape>): Promise<void> {
  const { name } = program;
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
  // V8 collects all of an idle heap several times. After the first one little becomes free. Node 24 does not know the
  // flag, and would say so in the log.
  if (NODE_MAJOR < 24) setFlagsFromString('--memory-reducer-single-gc');
  let logger = createLogger({ service: name, instance: toInstanceId(name), level: 'info' });
  const exit = (code: number) => logger.flush(() => process.exit(code));
  let service: Component;
  let deadlineMs: number;
  try {
    const config = loadConfig(program.configShape, process.env);
    const { INSTANCE_ID, LOG_LEVEL } = config as Partial<BaseConfig>;
    logger = createLogger({ service: name, instance: toInstanceId(name, INSTANCE_ID), level: LOG_LEVEL ?? 'info' });
    service = program.createService(config, logger);
    deadlineMs = program.toDeadlineMs?.(config) ?? DEADLINE_MS;
  } catch (error) {
    const { code, message } = toAppError(error);
    logger.fatal({ code }, message);
    return exit(1);
  }

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
      await flushSpans();
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
    if (stopping) return;
    logger.fatal({ err }, 'could not start');
    await service.stop().catch(() => undefined);
    exit(1);
  }
}

/**
 * The name of this replica if none is configured: unique among the processes that run in a deployment at the same
 * time.
 */
export const toInstanceId = (service: string, configured?: string): string =>
  configured ?? `${service}-${hostname()}-${process.pid}`;
