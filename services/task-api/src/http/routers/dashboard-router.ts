import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AppError, type Logger } from '@cyberstroll/runtime';
import { type RequestHandler, Router } from 'express';

const PAGE = 'index.html';
/** The paths of the dashboard's pages, as its build lists them. */
const PATHS = 'pages.json';

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'",
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
  vary: 'Accept-Encoding',
};
/** The name of an asset has a hash of its content. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Nobody looks at these in a browser to find a page of the dashboard. */
const OF_PROGRAMS = /^\/(api|ws|docs|assets|metrics|livez|readyz|openapi\.json)(\/|$)/;

interface StoredFile {
  path: string;
  content: Buffer;
  gzipped: Promise<Buffer>;
  etag: string;
}

/**
 * The dashboard, without an API key: its files hold no secret. All of them are read at the start, so a request can name
 * no other file. If it is not built, `/` gets 404.
 */
export function createDashboardRouter({ logger, folder = findBuilt() }: { logger: Logger; folder?: string }): Router {
  const router = Router();
  const files = readFiles(folder);
  const find = (name: string) => files.find(({ path }) => path === name);
  const [page, paths] = [find(PAGE), find(PATHS)];
  if (!page || !paths) {
    logger.warn({ folder }, 'the dashboard is not built');
    return router.get('/', refuse);
  }
  router.get(toRoutes(JSON.parse(paths.content.toString())), serve(page));
  for (const file of files) if (file !== page && file !== paths) router.get(`/${file.path}`, serve(file));
  // Whoever mistypes an address in a browser gets the page, which says so and has the way back.
  router.get(/^/, (request, response, next) => {
    if (OF_PROGRAMS.test(request.path) || request.accepts(['json', 'html']) !== 'html') return next();
    response.status(404);
    return serve(page)(request, response, next);
  });
  return router;
}

/**
 * Each section with all that is below it: the page says what is not there, in the reader's language. Nothing of the
 * path is decoded, so a malformed one gets the page, too.
 */
function toRoutes(paths: readonly string[]): RegExp {
  const sections = new Set(paths.map((path) => path.split('/')[1]));
  return new RegExp(`^/(?:(?:${[...sections].join('|')})(?:/.*)?)?$`);
}

const refuse: RequestHandler = () => {
  throw new AppError('route_not_found', { detail: 'the dashboard is not built' });
};

const serve =
  ({ path, content, gzipped, etag }: StoredFile): RequestHandler =>
  async (request, response) => {
    response.set({ ...HEADERS, etag }).type(extname(path));
    if (path.startsWith('assets/')) response.set('cache-control', IMMUTABLE);
    if (!request.acceptsEncodings('gzip')) return void response.send(content);
    response.set('content-encoding', 'gzip').send(await gzipped);
  };

/** Where vite has built the dashboard. An installation may lack the package. */
function findBuilt(): string {
  try {
    return join(dirname(require.resolve('@cyberstroll/dashboard/package.json')), 'dist');
  } catch {
    return '';
  }
}

function readFiles(folder: string): StoredFile[] {
  const found = readdirIfThere(folder).filter((entry) => entry.isFile());
  return found.map((entry) => {
    const place = join(entry.parentPath, entry.name);
    const content = readFileSync(place);
    const digest = createHash('sha256').update(content).digest('base64url').slice(0, 22);
    const path = place.slice(folder.length + 1);
    return { path, content, gzipped: promisify(gzip)(content, { level: 9 }), etag: `W/"${digest}"` };
  });
}

function readdirIfThere(folder: string) {
  try {
    return folder === '' ? [] : readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
}
