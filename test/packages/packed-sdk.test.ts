import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  createJob,
  createNodePeer,
  createTestbed,
  eventually,
  type NodePeer,
  type Testbed,
} from '@cyberstroll/testkit';
import { findFaults } from '../docs/amqp/find-faults';
import { describePackage } from './describe-package';
import { environment, type Installation, installPacked, root, runTypeScript } from './install-packed';

const SDK = '@cyberstroll/scanner-sdk';

async function readVersion(): Promise<string> {
  const manifest = await readFile(join(installed.packageFolder, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

let installed: Installation;
beforeAll(async () => {
  installed = await installPacked('packages/nodes/scanner-sdk');
}, 600_000);
afterAll(() => installed?.cleanup());

describePackage(
  () => installed,
  [
    ...['contracts', 'messaging', 'runtime', 'scanner-sdk', 'state-machine', 'targets'].map(
      (name) => `packed/${name}/src/index.ts`,
    ),
    // The test vectors of the contract.
    'packed/contracts/vectors/fence.json',
  ],
);

describe("the README's node and its test of a scan function", () => {
  beforeAll(async () => {
    const readme = await readFile(join(root, 'packages/nodes/scanner-sdk/README.md'), 'utf8');
    const [node, scanTest] = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, example]) => example!);
    expect(node!.trim().split('\n').length).toBeLessThanOrEqual(20);
    await writeFile(join(installed.folder, 'node.ts'), node!);
    await writeFile(join(installed.folder, 'scan-test.ts'), scanTest!);
  });

  const files = ['node.ts', 'scan-test.ts'];
  const strictly = ['--strict', '--target', 'es2023', '--types', 'node', '--skipLibCheck', 'false'];
  const compile = (...options: string[]) => runTypeScript(installed.folder, [...files, ...strictly, ...options]);

  it('type-check, strictly and with the declarations of all packages, for Node and for bundlers', async () => {
    await Promise.all([
      compile('--module', 'nodenext', '--outDir', 'out'),
      compile('--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit'),
    ]);
  });

  it('run: the test of a scan function passes without a broker', async () => {
    const child = spawn(process.execPath, ['out/scan-test.js'], {
      cwd: installed.folder,
      env: environment,
      stdio: 'inherit',
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  describe('beside a broker', () => {
    let testbed: Testbed;
    let server: NodePeer;
    let listener: Server;
    let node: ChildProcess | undefined;
    beforeAll(async () => {
      testbed = await createTestbed();
      server = await createNodePeer(testbed);
      listener = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
      await once(listener, 'listening');
    });
    afterAll(async () => {
      node?.kill('SIGKILL');
      listener?.close();
      await server?.stop();
      await testbed?.cleanup();
    });

    it('scans a job, reports its result, and ends at SIGTERM', async () => {
      const env = { ...environment, RABBITMQ_URL: testbed.rabbitmq_url, NODE_ID: 'node-7', CAPACITY: '64' };
      node = spawn(process.execPath, ['out/node.js'], {
        cwd: installed.folder,
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const written = text(node.stderr!);
      const exited = once(node, 'exit');
      const { port } = listener.address() as { port: number };
      // As many that the scan has more listeners on its signal than Node takes without a warning.
      const ports = `1-40,${port}`;
      const job = createJob(1, { scan: { ports, method: 'connect' } });
      await server.sendJob(job);
      const done = await eventually(
        () => server.updatesOf(job.task_id).find(({ completed_time }) => completed_time) ?? null,
      );
      expect(done).toMatchObject({ status: 'COMPLETED', scan_result: { open_ports: [port] } });
      const nmap = createJob(1, { scan: { ports, method: 'nmap' } });
      await server.sendJob(nmap);
      await eventually(() =>
        expect(server.updatesOf(nmap.task_id)).toMatchObject([{ error_info: { error_code: 'METHOD_UNSUPPORTED' } }]),
      );
      for (const envelope of server.envelopes) expect(findFaults('node-envelope', envelope)).toEqual([]);
      node.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      for (const heartbeat of server.heartbeats) expect(findFaults('heartbeat', heartbeat)).toEqual([]);
      expect(server.heartbeats.at(-1)).toMatchObject({
        node_id: 'node-7',
        status: 'offline',
        methods: ['connect'],
        version: `typescript-sdk/${await readVersion()}`,
      });
      expect(await written).toBe('');
    });
  });

  it('finds the SDK by require, too', async () => {
    const script = `process.exit(typeof require('${SDK}').createScannerNode === 'function' ? 0 : 1)`;
    const child = spawn(process.execPath, ['--input-type=commonjs', '--eval', script], {
      cwd: installed.folder,
      env: environment,
      stdio: 'inherit',
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
