import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { runConformance } from '@cyberstroll/conformance';
import { withOwnVhost } from '../conformance/vhost-for';

const root = resolve(__dirname, '../..');
const PYTHON = join(root, '.local/python-node/bin/python');
/** The set-up installs one where the present one is missing or too old. */
const OWN_GO = join(root, '.local/go/bin/go');
const GO = existsSync(OWN_GO) ? OWN_GO : 'go';
const pythonSdk = join(root, 'packages/nodes/scanner-sdk-python');
const goSdk = join(root, 'packages/nodes/scanner-sdk-go');
const run = promisify(execFile);
/** Compilers run, and nodes. */
const MOST_MS = 600_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'other-sdks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The first example of a README. */
async function readExample(sdk: string, language: string): Promise<string> {
  const readme = await readFile(join(sdk, 'README.md'), 'utf8');
  return new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(readme)![1]!;
}

/**
 * Whether a node finds open ports, claims before it acks, scans by no other method, and stops: the other rules are
 * checked of longer nodes.
 */
async function checkNode(command: string) {
  const only = ['registers', 'scans', 'claims-before-ack', 'other-method', 'own-scope', 'drain'];
  const verdicts = await withOwnVhost((rabbitmqUrl) =>
    runConformance({ command, rabbitmqUrl, quick: true, patient: true, only }),
  );
  const broken = verdicts.filter(({ verdict }) => verdict !== 'ok');
  expect(broken.map(({ name, verdict, seen }) => `${verdict} ${name}: ${seen}`)).toEqual([]);
  expect(verdicts.map(({ name }) => name)).toEqual(only);
}

it.each([pythonSdk, goSdk])('%s has the license of the project', async (sdk) => {
  const [license, copy] = await Promise.all([root, sdk].map((path) => readFile(join(path, 'LICENSE'), 'utf8')));
  expect(copy).toBe(license);
});

describe('the SDK for Python', () => {
  it('says whose it is, under which license, and where more of it is', async () => {
    const script =
      'import importlib.metadata as m, json; print(json.dumps(m.metadata("cyberstroll-scanner-sdk").json))';
    const { stdout } = await run(PYTHON, ['-c', script]);
    expect(JSON.parse(stdout)).toMatchObject({
      author: 'CyberStroll maintainers',
      license_expression: 'Apache-2.0',
      project_url: expect.arrayContaining([expect.stringMatching(/^Homepage, https:/)]),
    });
  });

  it(
    'passes its own tests',
    async () => {
      const { stderr } = await run(PYTHON, ['-m', 'unittest', 'discover', '-t', '.', '-s', 'tests'], {
        cwd: pythonSdk,
      });
      expect(stderr).toMatch(/Ran [1-9]\d* tests/);
    },
    MOST_MS,
  );

  it(
    'has an example in its README that is a node',
    async () => {
      const program = join(folder, 'node.py');
      await writeFile(program, await readExample(pythonSdk, 'python'));
      await checkNode(`${PYTHON} ${program}`);
    },
    MOST_MS,
  );
});

describe('the SDK for Go', () => {
  it(
    'passes its own tests, and `go vet` finds nothing',
    async () => {
      await run(GO, ['vet', './...'], { cwd: goSdk });
      const { stdout } = await run(GO, ['test', './...'], { cwd: goSdk });
      expect(stdout).toMatch(/^ok /);
    },
    MOST_MS,
  );

  it(
    'has an example in its README that is a node',
    async () => {
      const longer = join(root, 'packages/nodes/examples/go-node');
      const manifest = await readFile(join(longer, 'go.mod'), 'utf8');
      await writeFile(join(folder, 'go.mod'), manifest.replace(/=> .*/, `=> ${goSdk}`));
      await cp(join(longer, 'go.sum'), join(folder, 'go.sum'));
      await writeFile(join(folder, 'main.go'), await readExample(goSdk, 'go'));
      await run(GO, ['build', '-o', 'node', '.'], { cwd: folder });
      await checkNode(join(folder, 'node'));
    },
    MOST_MS,
  );
});
