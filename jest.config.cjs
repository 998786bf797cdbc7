// One configuration for every test of the workspace. Tests import the packages' sources, so they need no build;
// tests that start services as processes do (npm test builds first).
const { folderOf } = require('./deploy/local/setup/workspace.cjs');

const packages = [
  'state-machine',
  'contracts',
  'targets',
  'grid',
  'task-state',
  'runtime',
  'access',
  'messaging',
  'realtime',
  'progress',
  'store',
  'coordination',
  'scanner-sdk',
  'client',
  'conformance',
  'cli',
  'words',
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

const IGNORED = ['/node_modules/', '/dist/', '/\\.local/'];

const project = {
  rootDir: __dirname,
  roots: ['<rootDir>/packages', '<rootDir>/services', '<rootDir>/deploy/local', '<rootDir>/test'],
  testPathIgnorePatterns: IGNORED,
  modulePathIgnorePatterns: ['<rootDir>/(packages|services|deploy|test)/(?:[^/]+/)*dist/'],
  moduleNameMapper: {
    ...Object.fromEntries(packages.map((name) => [`^@cyberstroll/${name}$`, `<rootDir>/${folderOf(name)}/src`])),
    '^@cyberstroll/local$': '<rootDir>/deploy/local/src',
  },
  moduleFileExtensions: ['ts', 'js', 'cjs', 'mjs', 'json', 'node'],
  testEnvironment: '<rootDir>/deploy/local/test/jest/environment.ts',
  runtime: '<rootDir>/deploy/local/test/jest/runtime.cjs',
  transform: { '\\.ts$': swc },
  globalSetup: '<rootDir>/deploy/local/test/setup/global-setup.ts',
  globalTeardown: '<rootDir>/deploy/local/test/setup/global-teardown.ts',
};

const PURE = '/src/.*\\.test\\.ts$';
// Many processes each, where most of the time is waiting: until a scan ends, until what was broken is noticed.
const SYSTEMS = [
  'api',
  'browser',
  'budgets',
  'conformance',
  'deploy',
  'e2e',
  'faults',
  'flood',
  'hostile',
  'monitoring',
  'tracing',
].map((folder) => `/test/${folder}/.*\\.test\\.ts$`);

// Each is a command of its own: `npm run test:clients`, `test:containers`, `test:packages`.
const APART = ['clients', 'containers', 'packages'].map((folder) => `/test/${folder}/.*\\.test\\.ts$`);

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    // Beside the code that they test: no engines, no processes.
    { ...project, displayName: 'pure', testRegex: [PURE] },
    // One package or service with the real engines.
    {
      ...project,
      displayName: 'parts',
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: [...IGNORED, PURE, ...SYSTEMS, ...APART],
    },
    { ...project, displayName: 'systems', testRegex: SYSTEMS },
    { ...project, displayName: 'clients', testRegex: APART[0] },
    { ...project, displayName: 'containers', testRegex: APART[1] },
    { ...project, displayName: 'packages', testRegex: APART[2] },
  ],
  testSequencer: '<rootDir>/deploy/local/test/jest/sequencer.cjs',
  // A limit, never what a test shows: a slow machine may need most of it.
  testTimeout: 600_000,
  maxWorkers: 3,
  // What each file loads stays in its worker. Beyond this, garbage collection stops the worker for half a second at a
  // time.
  workerIdleMemoryLimit: '1GB',
  watchman: false,
};
