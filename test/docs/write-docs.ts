/** `npm run docs`: draws the README's diagrams from the machines, and writes the configuration reference from the schemas. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { renderConfiguration } from './configuration';
import { drawDiagrams } from './diagrams';

const readme = 'README.md';
writeFileSync(readme, drawDiagrams(readFileSync(readme, 'utf8')));

const shapes = readdirSync('services').map((service) => {
  const { configShape } = require(resolve('services', service, 'dist/config.js')) as { configShape: z.ZodRawShape };
  return [service, configShape] as const;
});
writeFileSync('docs/configuration.md', renderConfiguration(Object.fromEntries(shapes)));
