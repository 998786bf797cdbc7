export type { Engine, Log } from './engines/engine';
export { findFreePort } from './engines/free-port';
export type { RabbitmqEngine } from './engines/rabbitmq';
export { type Engines, type StartEnginesOptions, startEngines } from './engines/start-engines';
export type { ServiceDefinition } from './stack/service-definitions';
export type { ServiceProcess } from './stack/service-process';
export { type Stack, type StackDescription, type StartStackOptions, startStack } from './stack/start-stack';
