/** V8 learns from what a function reads after some ten calls of it. */
const READS = 100;

/**
 * ioredis has a class that extends String. Once a process has loaded it, each call of a string's method makes V8 search
 * for the method, and state-updater takes a fifth more CPU time. This ends when a function has read a property of
 * String.prototype some ten times. Call it after ioredis is loaded.
 */
export function makeStringsFast(): void {
  for (let reads = 0; reads < READS; reads++) readOne(String.prototype);
}

const readOne = (prototype: { at?: unknown }) => prototype.at;
