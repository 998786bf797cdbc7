import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { marked } from 'marked';
import { defineConfig, type Plugin } from 'vite';

const repository = join(import.meta.dirname, '../../..');

const openapi = JSON.parse(readFileSync(join(repository, 'docs/openapi.json'), 'utf8'));

/** The runbooks of the alert rules as HTML, by rule, shown beside their alerts: one file is smaller than nine. */
function runbooks(): Plugin {
  const rules: string[] = openapi.components.schemas.AlertRule.enum;
  return {
    name: 'runbooks',
    generateBundle() {
      const pages = rules.map((rule) => {
        // Without its title, which the page of the alert has.
        const text = readFileSync(join(repository, `docs/runbooks/${rule}.md`), 'utf8').replace(/^# .*\n/, '');
        return [rule, marked.parse(text, { async: false })];
      });
      this.emitFile({ type: 'asset', fileName: 'runbooks.json', source: JSON.stringify(Object.fromEntries(pages)) });
    },
  };
}

/** The paths of all pages: task-api answers each of them with the page. */
function pages(): Plugin {
  const rows = readFileSync(join(import.meta.dirname, 'src/app/pages.ts'), 'utf8').matchAll(
    /\b(?:path|panel): '([^']+)'/g,
  );
  const paths = [...new Set(['/login', ...[...rows].map(([, path]) => path)])];
  return {
    name: 'pages',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'pages.json', source: JSON.stringify(paths) });
    },
  };
}

interface JsonSchema {
  $ref?: string;
  properties?: Record<string, JsonSchema>;
  default?: unknown;
  minimum?: number;
  maximum?: number;
}

/** Default and limits of each field of a new task, by its path: what the API says in docs/openapi.json. */
function readTaskFields(): Record<string, object> {
  const schemas: Record<string, JsonSchema> = openapi.components.schemas;
  const follow = ({ $ref, ...beside }: JsonSchema): JsonSchema => ({
    ...($ref && schemas[$ref.slice('#/components/schemas/'.length)]),
    ...beside,
  });
  const fields: Record<string, object> = {};
  const collect = ({ properties = {} }: JsonSchema, before: string) => {
    for (const [name, property] of Object.entries(properties)) {
      const { default: standard, minimum, maximum, ...schema } = follow(property);
      collect(schema, `${before}${name}.`);
      const isText = typeof standard === 'string' || typeof standard === 'number';
      if (isText) fields[`${before}${name}`] = { default: standard, minimum, maximum };
    }
  };
  collect(schemas['CreateTask']!, '');
  return fields;
}

/** The ids of all operations that are commands. */
const readCommands = (): string[] =>
  Object.values<Record<string, { operationId?: string }>>(openapi.paths)
    .flatMap(({ get: _, ...methods }) => Object.values(methods).flatMap(({ operationId }) => operationId ?? []))
    .sort();

/** `npm run dev` in this folder: the sources as they change, beside a local stack (`npm start`) at DASHBOARD_URL. */
const target = process.env['DASHBOARD_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [runbooks(), pages()],
  define: {
    __TASK_FIELDS__: JSON.stringify(readTaskFields()),
    __COMMANDS__: JSON.stringify(readCommands()),
  },
  // The sources of these packages, of which only what is used is in the bundle.
  resolve: {
    alias: Object.fromEntries(
      ['clients/client', 'clients/words', 'contracts', 'grid', 'state-machine', 'targets', 'task-state'].map((path) => [
        `@cyberstroll/${basename(path)}`,
        join(repository, 'packages', path, 'src/index.ts'),
      ]),
    ),
  },
  // The frame, Home, Tasks and Task are in one file, since one of them is opened first. The charts and all other pages
  // have files of their own.
  build: { target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target }, '/ws': { target, ws: true }, '/runbooks.json': { target } },
  },
});
