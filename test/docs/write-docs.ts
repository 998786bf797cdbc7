/**
 * `npm run docs`: draws the diagrams of docs/lifecycle.md from the machines, and writes the descriptions of the HTTP
 * API and of the messages, the types of the client, the references of operations, commands, errors, configuration and
 * metrics, what API keys with networks may do, the sweeps of the services, and MongoDB's indexes.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { SweepTable } from '@cyberstroll/runtime';
import { type Connection, createConnection, type Model } from 'mongoose';
import type { z } from 'zod';
import { renderMessageFiles } from './amqp/files';
import { buildService, type ServiceModules } from './build-service';
import { renderClientTypes } from './client-types';
import { COMMAND_INDEX, renderCommandIndex } from './command-index';
import { renderCommands } from './commands';
import { renderConfiguration } from './configuration';
import { drawDiagrams } from './diagrams';
import { renderErrors } from './errors';
import { renderHttpApi } from './http-api';
import { writeIndexes } from './indexes';
import { renderKeyNetworks } from './key-networks';
import { findMetrics, renderMetrics } from './metrics';
import { renderOpenApi } from './openapi';
import { SWEEPING, writeSweeps } from './sweeps';
import { CLIENT_TYPES } from './tree';

const lifecycle = 'docs/lifecycle.md';
writeFileSync(lifecycle, drawDiagrams(readFileSync(lifecycle, 'utf8')));

writeFileSync('docs/errors.md', renderErrors());

writeFileSync('docs/key-networks.md', renderKeyNetworks());
writeFileSync('docs/http-api.md', renderHttpApi());

writeFileSync('docs/openapi.json', renderOpenApi());
writeFileSync(CLIENT_TYPES, renderClientTypes());

for (const [path, text] of renderMessageFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

writeFileSync(COMMAND_INDEX, renderCommandIndex());
const { createProgram } = require(resolve('packages/clients/cli/dist/program.js')) as {
  createProgram: Parameters<typeof renderCommands>[0];
};
writeFileSync('docs/commands.md', renderCommands(createProgram));

const shapes = readdirSync('services').map((service) => {
  const { configShape } = require(resolve('services', service, 'dist/config.js')) as { configShape: z.ZodRawShape };
  return [service, configShape] as const;
});
writeFileSync('docs/configuration.md', renderConfiguration(Object.fromEntries(shapes)));

for (const service of SWEEPING) {
  const { SWEEPS } = require(resolve('services', service, 'dist/sweep-table.js')) as { SWEEPS: SweepTable };
  const readme = `services/${service}/README.md`;
  writeFileSync(readme, writeSweeps(readFileSync(readme, 'utf8'), SWEEPS));
}

const { createModels } = require(resolve('packages/store/dist/mongodb/models/collections.js')) as {
  createModels: (connection: Connection) => Record<string, Model<unknown>>;
};
const setUp = 'deploy/mongodb/set-up.js';
writeFileSync(setUp, writeIndexes(readFileSync(setUp, 'utf8'), Object.values(createModels(createConnection()))));

async function writeMetrics() {
  const byService = await Promise.all(
    readdirSync('services').map(async (name) => {
      const load = (file: string) => require(resolve('services', name, 'dist', file));
      const modules: ServiceModules = { config: load('config.js'), service: load('service.js') };
      return [name, await findMetrics(buildService(name, modules))] as const;
    }),
  );
  writeFileSync('docs/metrics.md', renderMetrics(Object.fromEntries(byService)));
  // Services that were built and not started may hold timers.
  process.exit();
}
void writeMetrics();
