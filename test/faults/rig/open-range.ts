import { findFreePort } from '@cyberstroll/local';
import { type Greeting, openListeners } from '../../e2e/listeners';

/** How long an open port takes to say something: a scan lasts, and something is under way at every moment. */
const GREETING_AFTER_MS = 300;

/** Addresses that all have one port open, and only that one. */
export interface OpenRange {
  task_target: string;
  port: number;
  close(): Promise<void>;
}

/** Opens the same port on the first `count` addresses of 127.121.0.0/16. */
export async function openRange(count: number): Promise<OpenRange> {
  const addresses = Array.from({ length: count }, (_, i) => `127.121.${i >> 8}.${i & 255}`);
  const port = await findFreePort();
  const greet: Greeting = (socket) => {
    const timer = setTimeout(() => socket.write('SSH-2.0-open\r\n'), GREETING_AFTER_MS);
    socket.once('close', () => clearTimeout(timer));
  };
  const { close } = await openListeners(addresses.map((address) => ({ address, port, greet })));
  return { task_target: `${addresses[0]}-${addresses.at(-1)}`, port, close };
}
