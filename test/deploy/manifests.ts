import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findKustomize } from '@cyberstroll/local';
import { parse, parseAllDocuments } from 'yaml';
import { root } from './read-compose';

// biome-ignore lint/suspicious/noExplicitAny: a manifest is checked by its schema, not by the compiler
export type Manifest = any;

export const kubernetesDir = join(root, 'deploy/kubernetes');
export const overlays = readdirSync(join(kubernetesDir, 'overlays'));
export const secretExamples = readManifests(join(kubernetesDir, 'secrets.example.yaml'));

/** What a cluster gets of an overlay: `kubectl apply --kustomize` builds it by the same code. */
export function buildOverlay(name: string) {
  const kustomize = findKustomize();
  if (!kustomize) throw new Error('kustomize is not installed: run `npm run setup`');
  const overlay = join(kubernetesDir, 'overlays', name);
  const manifests = toManifests(execFileSync(kustomize, ['build', overlay], { encoding: 'utf8' }));
  const ofKind = (...kinds: string[]) => manifests.filter(({ kind }) => kinds.includes(kind));
  return { manifests, ofKind, workloads: ofKind('Deployment', 'StatefulSet') };
}

export function readManifests(file: string): Manifest[] {
  return toManifests(readFileSync(file, 'utf8'));
}

function toManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

/** The kustomizations, and the files that they name. */
export const listUsed = (): string[] =>
  readdirSync(kubernetesDir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('kustomization.yaml'))
    .flatMap((file) => {
      const { resources = [], patches = [] } = parse(readFileSync(join(kubernetesDir, file), 'utf8'));
      const named = [...resources, ...patches.map(({ path }: { path: string }) => path)];
      return [file, ...named.map((path: string) => join(dirname(file), path))];
    });

export const podOf = (workload: Manifest) => workload.spec.template.spec;
export const serviceOf = (workload: Manifest) => podOf(workload).containers[0];

const labelsOf = (workload: Manifest) => workload.spec.template.metadata.labels as Record<string, string>;

export const isSelected = (workload: Manifest, { matchLabels = {}, matchExpressions = [] }: Manifest): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labelsOf(workload)[key] === value) &&
  matchExpressions.every(({ key, values }: Manifest) => values.includes(labelsOf(workload)[key]));
