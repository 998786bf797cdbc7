// One configuration for every test of the workspace. Tests import the packages' sources, so they need no build;
// tests that start services as processes do (npm test builds first).
const packages = [
  'state-machine',
  'contracts',
  'targets',
  'grid',
  'task-state',
  'runtime',
  'messaging',
  'realtime',
  'progress',
  'store',
  'scanner-sdk',
  'client',
  'conformance',
  'cli',
  'testkit',
];

const swc = [
  '@swc/jest',
  {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

// What jest cannot load on Node 20, and can as a require:
// - The one file of MongoDB's driver with a dynamic import. The driver swallows jest's error and then introduces itself
//   to the server without a name, and the server hangs up.
// - httpxy and Preact, which are ES modules.
const compiled = '(mongodb/lib/runtime_adapters\\.js|httpxy/dist/index\\.mjs|preact/(\\w+/)?dist/.*\\.mjs)';

// A system of some twenty processes each, disturbed and then timed until it recovers: two of them at once on two
// cores would each disturb the other more than its faults do.
const ALONE = [
  'test/faults/(process|broker|broker-cluster|engine|fleet)-faults',
  'test/faults/(updater-failpoint|rolling-restart|nemesis/one-seed)',
  'test/flood/flood',
  'test/browser/(bed|fleet|grid|pages|scan)',
  'test/e2e/(replicas|silent-node|fairness)',
].map((path) => `${path}.*\\.test\\.ts$`);
const IGNORED = ['/node_modules/', '/dist/', '/\\.local/'];

const project = {
  rootDir: __dirname,
  roots: ['<rootDir>/packages', '<rootDir>/services', '<rootDir>/deploy/local', '<rootDir>/test'],
  testPathIgnorePatterns: IGNORED,
  modulePathIgnorePatterns: ['<rootDir>/(packages|services)/[^/]+/dist/', '<rootDir>/(deploy/local|test)/dist/'],
  moduleNameMapper: {
    [`^@cyberstroll/(${packages.join('|')})$`]: '<rootDir>/packages/$1/src',
    '^@cyberstroll/local$': '<rootDir>/deploy/local/src',
  },
  moduleFileExtensions: ['ts', 'js', 'cjs', 'mjs', 'json', 'node'],
  testEnvironment: 'node',
  transform: { '\\.ts$': swc, [`${compiled}$`]: swc },
  transformIgnorePatterns: [`/node_modules/(?!.*${compiled}$)`],
  globalSetup: '<rootDir>/deploy/local/test/setup/global-setup.ts',
  globalTeardown: '<rootDir>/deploy/local/test/setup/global-teardown.ts',
};

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    {
      ...project,
      displayName: 'beside others',
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: [...IGNORED, ...ALONE],
    },
    { ...project, displayName: 'alone', testRegex: ALONE },
  ],
  testTimeout: 60_000,
  // For two cores: much of the time a test waits, until what it has broken is noticed or is back.
  maxWorkers: 3,
  // What each file loads stays in its worker. Beyond this, garbage collection stops the worker for half a second at a
  // time.
  workerIdleMemoryLimit: '1GB',
  watchman: false,
};
