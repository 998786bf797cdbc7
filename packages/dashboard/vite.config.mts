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

/** `npm run dev` in this folder: the sources as they change, beside a local stack (`npm start`) at DASHBOARD_URL. */
const target = process.env['DASHBOARD_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [runbooks()],
  resolve: { alias: { '@cyberstroll/client': join(repository, 'packages/client/src/index.ts') } },
  build: { target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target }, '/ws': { target, ws: true }, '/runbooks': { target } },
  },
});
