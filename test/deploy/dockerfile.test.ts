import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '@cyberstroll/local';
import { Copy, DockerfileParser, Healthcheck } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { root } from './read-compose';

const text = readFileSync(join(root, 'deploy/docker/Dockerfile'), 'utf8');
const dockerfile = DockerfileParser.parse(text);
const instructions = dockerfile.getInstructions();
const argumentsOf = (keyword: string) =>
  instructions.filter((each) => each.getKeyword() === keyword).map((each) => each.getArgumentsContent() ?? '');
const environment = Object.fromEntries(
  argumentsOf('ENV').flatMap((line) =>
    [...line.matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/g)].map(
      ([, name, quoted, plain]) => [name!, quoted ?? plain!] as const,
    ),
  ),
);

it('has no error that a linter finds', () => {
  expect(validate(text)).toEqual([]);
});

it('copies only what exists, from a context that lets it through', () => {
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  expect(ignored.find((line) => line && !line.startsWith('#'))).toBe('*');
  const copied = instructions
    .filter((each): each is Copy => each instanceof Copy)
    .filter((copy) => !copy.getFlags().length);
  const sources = copied.flatMap((copy) => copy.getArguments().slice(0, -1).map(String));
  expect(sources).toContain('.');
  for (const source of sources.filter((each) => each !== '.')) expect(ignored).toContain(`!${source}`);
  for (const line of ignored.filter((each) => each.startsWith('!'))) {
    expect([line, existsSync(join(root, line.slice(1)))]).toEqual([line, true]);
  }
});

it('lets every manifest of the workspace through: the lockfile is frozen', () => {
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  const { packages } = readWorkspace();
  for (const entry of packages) {
    const room = entry.replace(/\/\*$/, '');
    expect(ignored).toContain(room === entry ? `!${entry}/package.json` : `!${room}`);
  }
});

const readWorkspace = () => {
  const lines = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8').split('\n');
  return { packages: lines.filter((line) => /^ {2}- /.test(line)).map((line) => line.slice(4)) };
};

it('bundles every service and the command line, and keeps the packages that are not in a bundle', () => {
  const run = argumentsOf('RUN').join('\n');
  expect(run).toContain('node deploy/local/setup/bundle.mjs');
  for (const kept of ['services/task-api', 'packages/tracing']) expect(run).toContain(`--filter-prod ./${kept}`);
});

it('runs services as the local stack does', () => {
  expect(environment).toMatchObject({ ...NODE_ENVIRONMENT, NODE_OPTIONS: NODE_FLAGS.join(' ') });
});

it('builds the dashboard, and keeps it', () => {
  const run = argumentsOf('RUN').join('\n');
  expect(run).toMatch(/pnpm --filter @cyberstroll\/dashboard build\n/);
  expect(run).not.toMatch(/rm -rf [^&]*dist/);
});

it('runs on Node 24 as a user without rights', () => {
  expect(dockerfile.getInitialARGs().map(String).join()).toContain('node:24-');
  expect(argumentsOf('USER')).toEqual(['1000:1000']);
  expect(argumentsOf('ENTRYPOINT')).toEqual(['["node"]']);
});

describe('its health check', () => {
  const check = instructions.find((each): each is Healthcheck => each instanceof Healthcheck)!;
  const [program, ...args] = JSON.parse(/CMD (\[.*\])$/.exec(check.getArgumentsContent()!)![1]!) as string[];

  /** The exit code against a server that answers `/livez` so, or against none. */
  async function run(status: number | undefined): Promise<number> {
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/livez' ? status! : 404).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    if (status === undefined) await new Promise((resolve) => server.close(resolve));
    const env = { PATH: process.env['PATH'], ...environment, NODE_OPTIONS: '', HTTP_PORT: String(port) };
    const code = await new Promise<number>((resolve) =>
      execFile(program!, args, { env }, (error) => resolve(error ? Number(error.code) : 0)),
    );
    server.close();
    return code;
  }

  it.each([
    ['answers', 200, 0],
    ['fails', 503, 1],
    ['is not there', undefined, 1],
  ])('of a service that %s', async (_, status, code) => {
    expect(await run(status)).toBe(code);
  });
});

it('listens where its port is published', () => {
  expect(environment).toMatchObject({ HTTP_HOST: '0.0.0.0', HTTP_PORT: '8080', NODE_ENV: 'production' });
  expect(argumentsOf('EXPOSE')).toEqual([environment['HTTP_PORT']]);
});
