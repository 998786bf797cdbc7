export { AppError, toAppError } from './app-error';
export { BoundedMap } from './bounded-map';
export {
  auditLogConfigShape,
  baseConfigShape,
  consumerConfigShape,
  envFlag,
  envList,
  envWhole,
  inspectedMongodbConfigShape,
  loadConfig,
  mongodbConfigShape,
  nodeUsersConfigShape,
  rabbitmqConfigShape,
  rabbitmqManagementConfigShape,
  redisConfigShape,
} from './config/config';
export { findBrokenPromises } from './config/mongodb-uri';
export {
  parseManagementUrl,
  parseRabbitmqUrl,
  type RabbitmqHost,
  type RabbitmqUrl,
} from './config/rabbitmq-url';
export { type RedisAddress, type RedisTarget, readRedisUrl } from './config/redis-url';
export { type TlsMaterial, tlsConfigShape, toTls } from './config/tls';
export { createService, type Service } from './create-service';
export { findNearest } from './find-nearest';
export {
  type Diagnosis,
  diagnoseClock,
  diagnoseVersion,
  fail,
  ok,
  orOk,
  unlessLate,
  warn,
} from './health/diagnosis';
export { inspectService } from './health/inspect-service';
export {
  addGauge,
  Counter,
  createMetrics,
  createSweepMetrics,
  Gauge,
  Histogram,
  type Registry,
} from './health/metrics';
export { refuseRequest, refuseSocket } from './http/refusal';
export { type Component, createComponent, createGroup, createParallel } from './lifecycle/component';
export { createFailpoint, failpointConfigShape } from './lifecycle/failpoint';
export {
  findProcessIdentity,
  getOwnIdentity,
  isAlive,
  type ProcessIdentity,
} from './lifecycle/process-identity';
export { runService, toInstanceId } from './lifecycle/run-service';
export { logFailure } from './logs/log-failure';
export { createLogger, type Logger, redactUrl } from './logs/logger';
export { createOutageLog, type OutageLog } from './logs/outage-log';
export { createSharedCall, createSharedCalls, createSharedRead } from './sweeps/shared-call';
export { type Counts, createSweep, type Leadership, type SweepOptions } from './sweeps/sweep';
export { createSweeps, type SweepTable } from './sweeps/sweep-table';
export { backoffMs, delay, inTurns, startTimeLimit, type TimeLimit, within } from './timers';
export { inSpan, isTracing, readTraceparent, type Span, startSpan, toTraceId } from './tracing';
