export {
  type ApiKeys,
  apiKeysConfigShape,
  type Caller,
  findApiKey,
  findSessionSecret,
  hasRole,
  isSignedByKey,
  parseApiKeys,
  proveApiKey,
  signByKey,
} from './api-keys';
export { AppError, toAppError } from './app-error';
export { backoffMs } from './backoff';
export { BoundedMap } from './bounded-map';
export { findClientAddress, type ProxyTrust, trustProxyConfigShape } from './client-address';
export { type Component, createComponent, createGroup, createParallel } from './component';
export {
  auditLogConfigShape,
  baseConfigShape,
  consumerConfigShape,
  envFlag,
  envList,
  inspectedMongodbConfigShape,
  loadConfig,
  mongodbConfigShape,
  rabbitmqConfigShape,
  rabbitmqManagementConfigShape,
  redisConfigShape,
  stateQueuesConfigShape,
} from './config';
export { createService, type Service } from './create-service';
export {
  type Diagnosis,
  diagnoseClock,
  diagnoseVersion,
  fail,
  ok,
  orOk,
  warn,
} from './diagnosis';
export { createFailpoint, failpointConfigShape } from './failpoint';
export { inspectService } from './inspect-service';
export { toInstanceId } from './instance-id';
export { logFailure } from './log-failure';
export { createLogger, type Logger, redactUrl } from './logger';
export { Counter, createMetrics, createSweepMetrics, Gauge, Histogram, type Registry } from './metrics';
export { findBrokenPromises } from './mongodb-uri';
export { createOutageLog, type OutageLog } from './outage-log';
export { findOwnOrigin, isOfOwnPage, isSameOrigin } from './own-origin';
export {
  parseManagementUrl,
  parseRabbitmqUrl,
  type RabbitmqHost,
  type RabbitmqUrl,
} from './rabbitmq-url';
export { createRateLimit } from './rate-limit';
export { type RedisAddress, type RedisTarget, readRedisUrl } from './redis-url';
export { refuseRequest, refuseSocket } from './refusal';
export { runService } from './run-service';
export { createSharedCall } from './shared-call';
export { createSharedRead } from './shared-read';
export { type Counts, createSweep, type Leadership } from './sweep';
export { delay, within } from './timers';
export { type TlsMaterial, tlsConfigShape, toTls } from './tls';
export { inSpan, isTracing, readTraceparent, type Span, startSpan, toTraceId } from './tracing';
