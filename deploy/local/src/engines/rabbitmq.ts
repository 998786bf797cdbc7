/** A private RabbitMQ of one node, with an epmd of its own. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine, TlsFiles } from './engine';
import { findFreePort } from './free-port';
import { createEpmd, createRabbitmqNode, type RabbitmqNode } from './rabbitmq-node';

export interface RabbitmqEngine extends Engine, Pick<RabbitmqNode, 'management_url' | 'control'> {}

/** A RabbitMQ node with its data under `dir`. Ports are chosen here and kept for the engine's life. */
export async function createRabbitmqEngine(dir: string, tls?: TlsFiles): Promise<RabbitmqEngine> {
  mkdirSync(dir, { recursive: true });
  const password = readOrCreatePassword(join(dir, 'password'));
  const epmdPort = await findFreePort();
  const epmd = createEpmd(dir, epmdPort);
  const options = { dir, name: 'cyberstroll', password, epmd_port: epmdPort };
  const node = await createRabbitmqNode({ ...options, ...(tls && { tls }) });

  const engine: RabbitmqEngine = {
    name: 'rabbitmq',
    url: node.url,
    ...(node.tls_url && { tls_url: node.tls_url }),
    management_url: node.management_url,
    get pid() {
      return node.process.pid;
    },
    async start() {
      await epmd.start();
      await node.process.start();
    },
    async stop() {
      await node.process.stop();
      await epmd.stop();
    },
    kill: node.process.kill,
    onDeath: node.process.onDeath,
    async restart() {
      await node.process.stop();
      await engine.start();
    },
    control: node.control,
  };
  return engine;
}

function readOrCreatePassword(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const password = randomBytes(16).toString('hex');
    writeFileSync(file, password, { mode: 0o600 });
    return password;
  }
}
