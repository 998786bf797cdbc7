/** Blocks this process's event loop: what a process that is stopped for so long and goes on would see. */
export function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
