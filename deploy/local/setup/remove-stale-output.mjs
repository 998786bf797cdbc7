// Removes from `dist` of the package in the working directory what the compiler made of sources that are gone: it
// leaves them there, and they would be packed. Runs before each pack.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const OUTPUT = /\.(js|d\.ts)(\.map)?$/;

for (const path of readdirSync('dist', { recursive: true })) {
  if (!OUTPUT.test(path) || existsSync(join('src', path.replace(OUTPUT, '.ts')))) continue;
  rmSync(join('dist', path));
}
