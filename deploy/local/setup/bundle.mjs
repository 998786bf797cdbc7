// Makes one file of each service and of the command line, dist/bundle.js, from the sources of the workspace and of the
// packages that they use: a process starts sooner, with less memory. Run as a program, it makes them if a source is
// newer: the set-up, the tests and the image do so.
//
// Not in a bundle is what is found by its path: the dashboard, Swagger UI, and what --import loads.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { build } from 'esbuild';
import { isStale } from './is-stale.mjs';
import { folderOf } from './workspace.cjs';

const rootDir = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const SERVICES = [
  'task-api',
  'dispatcher',
  'state-updater',
  'heartbeat-monitor',
  'retry-scheduler',
  'progress-pusher',
  'scanner-node',
];
const PROGRAMS = [...SERVICES.map((name) => `services/${name}`), 'packages/clients/cli'];
const SOURCES = [...PROGRAMS, 'packages', 'pnpm-lock.yaml', 'deploy/local/setup/bundle.mjs'];

/** The workspace's packages as their sources. */
const workspace = {
  name: 'workspace',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^@cyberstroll\/[^/]+$/ }, ({ path }) => ({
      path: join(rootDir, folderOf(path.slice(path.indexOf('/') + 1)), 'src/index.ts'),
      // As their package.json says.
      sideEffects: false,
    })),
};

/**
 * What few commands of the command line need, in a file of its own. Each of the other commands would read it too: four
 * fifths of all lines.
 */
const APART = 'backing-services';
const apart = {
  name: 'apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: new RegExp(`^[./]+/${APART}$`) }, () => ({ path: `./${APART}/bundle.js`, external: true })),
};

/** What only a password that is sent by SCRAM needs: tables of 2 MB. */
const LAZY = '@mongodb-js/saslprep';
const lazy = {
  name: 'lazy',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^${LAZY}$`) }, ({ path, namespace, resolveDir }) =>
      namespace === 'lazy' ? undefined : { path, namespace: 'lazy', pluginData: { resolveDir } },
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path, pluginData: { resolveDir } }) => ({
      contents: `exports.saslprep = (...args) => require('${path}').saslprep(...args);`,
      resolveDir,
    }));
  },
};

/** Whether a source is newer than what was made of it last. */
const isOutdated = () =>
  PROGRAMS.some((program) =>
    isStale(
      join(rootDir, program, 'dist/bundle.js'),
      SOURCES.map((path) => join(rootDir, path)),
    ),
  );

/** How, for esbuild. */
export const bundling = {
  absWorkingDir: rootDir,
  entryPoints: [
    ...PROGRAMS.map((program) => ({ in: `${program}/src/main.ts`, out: `${program}/dist/bundle` })),
    { in: `packages/clients/cli/src/${APART}.ts`, out: `packages/clients/cli/dist/${APART}/bundle` },
  ],
  outdir: rootDir,
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node20',
  plugins: [workspace, apart, lazy],
  external: ['@cyberstroll/dashboard', 'swagger-ui-dist'],
  // Its tables of Unicode are 3 MB in memory. Node has the same class.
  alias: { 'whatwg-url': 'node:url' },
  // Names stay: logs have those of the classes of errors.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
};

async function bundle() {
  const { outputFiles } = await build(bundling);
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    // Processes may start meanwhile: they see the file before or after, whole.
    writeFileSync(`${path}.new`, path.endsWith('.map') ? toOwnLines(text) : text);
    renameSync(`${path}.new`, path);
  }
}

/**
 * The part of a source map that stack traces need: the lines of the workspace's own sources. With all positions in all
 * packages a process would have 75 MB more.
 */
function toOwnLines(text) {
  const map = JSON.parse(text);
  const isOwn = map.sources.map((source) => !source.includes('node_modules'));
  let last;
  const isNews = ([, source, line]) => {
    const place = isOwn[source] ? `${source}:${line}` : undefined;
    const news = place !== last;
    last = place;
    return news;
  };
  const toShort = ([column, source, line, at]) => (isOwn[source] ? [column, source, line, at] : [column]);
  const lines = decode(map.mappings).map((segments) => segments.filter(isNews).map(toShort));
  return JSON.stringify({ ...map, names: [], mappings: encode(lines) });
}

if (process.argv[1] === fileURLToPath(import.meta.url) && isOutdated()) await bundle();
