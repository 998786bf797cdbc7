import { createLogger, loadConfig, type Service } from '@cyberstroll/runtime';
import type { z } from 'zod';

/** A service's modules, from `src` in a test and from `dist` elsewhere. */
export interface ServiceModules {
  config: { configShape: z.ZodRawShape };
  service: Record<string, unknown>;
}

/** Builds a service with its defaults and starts nothing. */
export function buildService(name: string, { config, service }: ServiceModules): Service {
  const create = Object.entries(service).find(([key]) => /^create\w+Service$/.test(key))?.[1];
  if (typeof create !== 'function') throw new Error(`${name} exports no function that creates it`);
  const loaded = loadConfig(config.configShape, { API_KEYS: 'docs:viewer:0123456789abcdef', NODE_ID: 'docs' });
  return create(loaded, createLogger({ service: name, instance: name, level: 'silent' })) as Service;
}
