import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '@cyberstroll/local';
import { DockerfileParser, Healthcheck } from 'dockerfile-ast';
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

it('runs services as the local stack does', () => {
  expect(environment).toMatchObject({ ...NODE_ENVIRONMENT, NODE_OPTIONS: NODE_FLAGS.join(' ') });
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
