export {
  findChromium,
  findClientGenerators,
  findContainers,
  findKustomize,
  findPrometheus,
  findSchemathesis,
} from '../setup/programs.cjs';
export type { Engine, Log, TlsFiles } from './engines/engine';
export { findFreePort } from './engines/free-port';
export { createPrivateProcess, type PrivateProcess } from './engines/private-process';
export { createRabbitmqEngine, type RabbitmqEngine } from './engines/rabbitmq';
export {
  type ClusterNode,
  type RabbitmqCluster,
  type RabbitmqClusterOptions,
  rabbitmqCluster,
} from './engines/rabbitmq-cluster';
export { createRedisEngine, createSentinelEngine } from './engines/redis';
export { REDIS_PASSWORD, type RedisGroup, redisCluster, redisPair, redisSentinel } from './engines/redis-group';
export { type Engines, type StartEnginesOptions, startEngines } from './engines/start-engines';
export { removeFolder } from './remove-folder';
export { makeStackFolder } from './stack/end-left-stacks';
export { type ServiceDefinition, toServiceScript } from './stack/service-definitions';
export { NODE_ENVIRONMENT, NODE_FLAGS, type ServiceProcess, type ServiceProcessOptions } from './stack/service-process';
export { type Stack, type StackDescription, type StartStackOptions, startStack } from './stack/start-stack';
