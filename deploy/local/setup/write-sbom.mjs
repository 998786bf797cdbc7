// Lists the packages that are in the image, as CycloneDX: node write-sbom.mjs <folder>. `folder` is what the image
// gets, and gets `sbom.json` too. A bundle has a package where one of its modules is in it; what is found by its path
// is named by its package.json.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild';
import { build } from 'esbuild';
import { bundling } from './bundle.mjs';

const folder = resolve(process.argv[2]);
const installed = readdirSync(folder, { recursive: true }).filter((path) =>
  /(^|\/)node_modules\/(@[^/]+\/)?[^@./][^/]*\/package\.json$/.test(path),
);

await build({
  ...bundling,
  entryPoints: [
    ...bundling.entryPoints.map((entry) => entry.in),
    'packages/clients/dashboard/src/main.tsx',
    ...installed.map((path) => join(folder, path)),
  ],
  // vite knows how to read what is left out of these.
  logLevel: 'error',
  loader: { '.svg': 'empty' },
  plugins: [
    // Packages by their own names, each once.
    ...bundling.plugins.filter(({ name }) => name !== 'lazy'),
    cyclonedxEsbuildPlugin({ outputFile: join(folder, 'sbom.json'), outputReproducible: true, validate: true }),
  ],
});
