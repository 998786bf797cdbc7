import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(__dirname, '../..');

export interface ComposeService {
  image: string;
  container_name?: string;
  profiles?: string[];
  build?: { context: string; dockerfile: string };
  command?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  volumes?: string[];
  networks: string[] | Record<string, object>;
  ports?: string[];
  ulimits?: Record<string, number>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
  logging?: object;
  stop_grace_period?: string;
  read_only?: boolean;
  deploy?: { resources: { limits: object } };
}

export interface Compose {
  services: Record<string, ComposeService>;
  secrets: Record<string, { file: string }>;
  networks: Record<string, { internal?: boolean }>;
}

/** `deploy/docker/compose.yaml`, with its anchors resolved and its variables at their defaults. */
export function readCompose(): Compose {
  const text = readFileSync(join(root, 'deploy/docker/compose.yaml'), 'utf8');
  return parse(text.replace(/\$\{\w+:-([^}]*)\}/g, '$1'), { merge: true }) as Compose;
}
