import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createContext, Script } from 'node:vm';
import { createTestbed, type Testbed } from '@cyberstroll/testkit';
import { build } from 'esbuild';
import { createService, KEYS } from '../../services/task-api/test/create-service';
import { describePackage } from './describe-package';
import { environment, type Installation, installPacked, root, runTypeScript } from './install-packed';

const CLIENT = '@cyberstroll/client';

let installed: Installation;
let testbed: Testbed;
let service: ReturnType<typeof createService>;
beforeAll(async () => {
  installed = await installPacked('packages/clients/client');
  testbed = await createTestbed();
  service = createService(testbed);
  await service.start();
}, 600_000);
afterAll(async () => {
  await service?.stop();
  await testbed?.cleanup();
  await installed?.cleanup();
});

describePackage(() => installed, ['packed/client/src/index.ts']);

const compile = (file: string, ...options: string[]) =>
  runTypeScript(installed.folder, [file, '--strict', '--target', 'es2023', '--skipLibCheck', 'false', ...options]);
const FOR_BUNDLERS = ['--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit'];

describe("the README's example", () => {
  beforeAll(async () => {
    const readme = await readFile(join(root, 'packages/clients/client/README.md'), 'utf8');
    await writeFile(join(installed.folder, 'example.ts'), /```ts\n(.*?)```/s.exec(readme)![1]!);
  });

  it('type-checks, strictly and with all declarations', async () => {
    await compile('example.ts', '--types', 'node', '--module', 'nodenext', '--outDir', 'out');
  });

  it('creates a task of task-api, cancels it, and lists its subtasks page after page', async () => {
    const child = spawn(process.execPath, ['out/example.js'], {
      cwd: installed.folder,
      env: {
        ...environment,
        CYBERSTROLL_URL: `http://127.0.0.1:${service.port()}`,
        CYBERSTROLL_API_KEY: KEYS.operator,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    // The order is that of the scan, which is permuted.
    expect(printed.trim().split('\n').sort()).toEqual([0, 1, 2, 3].map((last) => `127.0.0.${last} CANCELLED`));
  });
});

describe('in a page', () => {
  it('type-checks with the declarations of browsers alone', async () => {
    await writeFile(join(installed.folder, 'page.ts'), PAGE);
    await compile('page.ts', '--lib', 'es2023,dom,dom.iterable', ...FOR_BUNDLERS);
  });

  it('runs, and needs only what browsers have', async () => {
    const { outputFiles } = await build({
      stdin: { contents: PAGE, loader: 'ts', resolveDir: installed.folder },
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'iife',
      globalName: 'page',
    });
    const { fetch, Request, Response, Headers, FormData, URL, URLSearchParams, crypto } = globalThis;
    const page = createContext({ fetch, Request, Response, Headers, FormData, URL, URLSearchParams, crypto });
    new Script(outputFiles[0]!.text).runInContext(page);
    const call = `page.ask('http://127.0.0.1:${service.port()}', '${KEYS.viewer}')`;
    expect(await new Script(call).runInContext(page)).toEqual({ nodes: [], code: 'forbidden' });
  });
});

const PAGE = `
import { type ApiError, createClient, unwrap } from '${CLIENT}';
export async function ask(baseUrl: string, apiKey: string) {
  const client = createClient({ baseUrl, apiKey });
  const { items } = await unwrap(client.GET('/api/nodes'));
  const refused = unwrap(client.POST('/api/tasks/clean-up', { body: { expire_days: 30 } }));
  return { nodes: items, code: await refused.catch((error: ApiError) => error.code) };
}`;
