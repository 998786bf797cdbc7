import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOpenApi } from '@cyberstroll/contracts';
import { ROOT } from './tree';

/** docs/openapi.json. */
export function renderOpenApi(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'services/task-api/package.json'), 'utf8'));
  return `${JSON.stringify(createOpenApi(version), null, 2)}\n`;
}
