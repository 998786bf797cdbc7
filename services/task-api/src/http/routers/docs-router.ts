import { dirname } from 'node:path';
import { createOpenApi } from '@cyberstroll/contracts';
import { Router } from 'express';
import helmet from 'helmet';

const { version } = require('../../../package.json') as { version: string };

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>CyberStroll task state: HTTP API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;
const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });\n`;
const SWAGGER_UI = dirname(require.resolve('swagger-ui-dist/package.json'));
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/**
 * The description of the API, without an API key: `/openapi.json`, and a page to browse it and to try it out, `/docs`.
 * The page loads nothing from elsewhere.
 */
export function createDocsRouter(): Router {
  const router = Router();
  let document: string | undefined;
  router.get('/openapi.json', (_request, response) => {
    // Few ask for it, and to make it takes a fifth of the start of this service.
    document ??= JSON.stringify(createOpenApi(version));
    response.type('application/json').send(document);
  });
  router.use(
    '/docs',
    // By default helmet lets a browser ask for https alone, which is not this service's to decide.
    helmet.contentSecurityPolicy({ directives: { upgradeInsecureRequests: null } }),
  );
  router.get('/docs', (_request, response) => void response.type('html').send(PAGE));
  router.get('/docs/start.js', (_request, response) => void response.type('js').send(START));
  for (const file of FILES) {
    router.get(`/docs/${file}`, (_request, response) => response.sendFile(file, { root: SWAGGER_UI }));
  }
  return router;
}
