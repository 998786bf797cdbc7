/** Blocks this process's event loop: as if the process was stopped for that time and then continued. */
export function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
