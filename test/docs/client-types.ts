import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { renderOpenApi } from './openapi';
import { ROOT } from './tree';

const GENERATOR = join(ROOT, 'packages/clients/client/node_modules/.bin/openapi-typescript');

/** CLIENT_TYPES: the OpenAPI document as types. */
export const renderClientTypes = (): string =>
  execFileSync(
    GENERATOR,
    // A field with a default is optional where clients send it, and required only where the API answers with it.
    ['--root-types', '--root-types-no-schema-prefix', '--default-non-nullable', 'false'],
    { input: renderOpenApi(), encoding: 'utf8' },
  );
