import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Stand for the programs that install a server: they put it where it belongs, at once. Nothing else is on PATH. */
const PROGRAMS = {
  cargo: '/bin/mkdir -p "$HOME/.cargo/bin" && /bin/cp "$0" "$HOME/.cargo/bin/secantusd-rs"',
  cmake: '',
  cc: '',
  python3: '[ "$1" = -c ] || { /bin/mkdir -p "$4/bin" && /bin/cp "$(/usr/bin/dirname "$0")/pip" "$4/bin"; }',
  pip: '/bin/cp "$0" "$(/usr/bin/dirname "$0")/secantusd-py"',
  'old python3': 'exit 1',
  'secantusd-py': '',
};
type Program = keyof typeof PROGRAMS;
const CARGO: readonly Program[] = ['cargo', 'cmake', 'cc'];
const PYTHON_3: readonly Program[] = ['python3', 'pip'];

const [RUST, PYTHON] = ['home/.cargo/bin/secantusd-rs', 'checkout/.local/secantusdb/bin/secantusd-py'];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cyberstroll-set-up-'));
  mkdirSync(join(dir, 'bin'));
  cpSync(join(__dirname, '../setup'), join(dir, 'checkout/deploy/local/setup'), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true }));

function addPrograms(programs: readonly Program[]): void {
  for (const program of programs) {
    const file = join(dir, 'bin', program.replace('old ', ''));
    writeFileSync(file, `#!/bin/sh\n${PROGRAMS[program]}\n`);
    chmodSync(file, 0o755);
  }
}

/** Which servers are there after the set-up. */
function install(isForDemo: boolean): string[] {
  const script = join(dir, 'checkout/deploy/local/setup/install-mongodb-server.mjs');
  const call = `import('${script}').then((of) => of.installMongodbServer({ isForDemo: ${isForDemo} }))`;
  const env = { HOME: join(dir, 'home'), PATH: join(dir, 'bin') };
  const { status, stderr } = spawnSync(process.execPath, ['-e', call], { env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return [RUST, PYTHON].filter((file) => existsSync(join(dir, file)));
}

it('a demo takes the server that is there in seconds; all else, and a later demo, the one that cargo builds', () => {
  addPrograms([...CARGO, ...PYTHON_3]);
  expect(install(true)).toEqual([PYTHON]);
  expect(install(false)).toEqual([RUST, PYTHON]);
  rmSync(join(dir, PYTHON));
  expect(install(true)).toEqual([RUST]);
});

it('without cargo, all take the one in Python, and install none beside one that is there', () => {
  addPrograms(PYTHON_3);
  expect(install(false)).toEqual([PYTHON]);
  rmSync(join(dir, 'checkout/.local'), { recursive: true });
  addPrograms(['secantusd-py']);
  expect(install(false)).toEqual([]);
});

it('where Python is too old, cargo builds the server of a demo', () => {
  addPrograms([...CARGO, 'old python3']);
  expect(install(true)).toEqual([RUST]);
});
