export type { Engine, Log } from './engines/engine';
export type { RabbitmqEngine } from './engines/rabbitmq';
export { type Engines, type StartEnginesOptions, startEngines } from './engines/start-engines';
