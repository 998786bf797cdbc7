import { createRequire } from 'node:module';

/**
 * Where the engines look for their programs: the same code, so that set-up and engines never disagree. It comes from
 * the build, so call this after it.
 */
export function getEnginePrograms() {
  return createRequire(import.meta.url)('../dist/engines/programs.js');
}
