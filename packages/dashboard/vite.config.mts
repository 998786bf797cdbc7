import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked } from 'marked';
import { defineConfig, type Plugin } from 'vite';

const repository = join(import.meta.dirname, '../..');

/** The alerts' runbooks as HTML, shown beside their alerts: `runbooks/<rule>.html`. */
function runbooks(): Plugin {
  const folder = join(repository, 'docs/runbooks');
  return {
    name: 'runbooks',
    generateBundle() {
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.md'))) {
        const source = marked.parse(readFileSync(join(folder, file), 'utf8'), { async: false });
        this.emitFile({ type: 'asset', fileName: `runbooks/${file.replace(/\.md$/, '.html')}`, source });
      }
    },
  };
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  default?: unknown;
  minimum?: number;
  maximum?: number;
}

/** Default and limits of each field of a new task, by its path: what the API says in docs/openapi.json. */
function readTaskFields(): Record<string, object> {
  const { paths } = JSON.parse(readFileSync(join(repository, 'docs/openapi.json'), 'utf8'));
  const [newTask] = paths['/api/tasks'].post.requestBody.content['application/json'].schema.anyOf;
  const fields: Record<string, object> = {};
  const collect = ({ properties = {} }: JsonSchema, before: string) => {
    for (const [name, { default: standard, minimum, maximum, ...schema }] of Object.entries(properties)) {
      collect(schema, `${before}${name}.`);
      const isText = typeof standard === 'string' || typeof standard === 'number';
      if (isText) fields[`${before}${name}`] = { default: standard, minimum, maximum };
    }
  };
  collect(newTask, '');
  return fields;
}

/** `npm run dev` in this folder: the sources as they change, beside a local stack (`npm start`) at DASHBOARD_URL. */
const target = process.env['DASHBOARD_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [runbooks()],
  define: { __TASK_FIELDS__: JSON.stringify(readTaskFields()) },
  // The sources of these packages, of which only what is used is in the bundle.
  resolve: {
    alias: Object.fromEntries(
      ['client', 'grid', 'targets'].map((name) => [
        `@cyberstroll/${name}`,
        join(repository, `packages/${name}/src/index.ts`),
      ]),
    ),
  },
  build: { target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target }, '/ws': { target, ws: true }, '/runbooks': { target } },
  },
});
