/** Calls of a function before V8 keeps what it learns from them; some ten are enough. */
const READS = 100;

/**
 * ioredis has a class that extends String. Once a process has loaded it, V8 searches for a method of a string at each
 * call, and state-updater takes a fifth more CPU time. This ends when a property of the prototype has been read a few
 * times. Call it after ioredis is loaded.
 */
export function makeStringsFast(): void {
  for (let reads = 0; reads < READS; reads++) readOne(String.prototype);
}

const readOne = (prototype: { at?: unknown }) => prototype.at;
