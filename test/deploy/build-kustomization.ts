/**
 * What `kubectl kustomize` makes of a folder, as far as deploy/kubernetes uses it: resources, components, strategic
 * merge patches, images, replicas and namespace. So the tests see what a cluster would get, on machines without
 * kubectl. Throws at anything else, rather than leave it out.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: a manifest is checked by its schema, not by the compiler
export type Manifest = any;

interface Kustomization {
  kind: 'Kustomization' | 'Component';
  namespace?: string;
  resources?: string[];
  components?: string[];
  patches?: { path: string; target?: { kind?: string; name?: string } }[];
  images?: { name: string; newName?: string; newTag?: string }[];
  replicas?: { name: string; count: number }[];
}

const KNOWN = ['apiVersion', 'kind', 'namespace', 'resources', 'components', 'patches', 'images', 'replicas'];

/** Lists whose entries a patch finds by this field; it replaces all other lists. */
const MERGE_KEYS: Record<string, string> = {
  containers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  ports: 'containerPort',
  topologySpreadConstraints: 'topologyKey',
};

const readKustomization = (dir: string): Kustomization => {
  const kustomization = parse(readFileSync(join(dir, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const unknown = Object.keys(kustomization).filter((key) => !KNOWN.includes(key));
  if (unknown.length > 0) throw new Error(`${dir}: ${unknown.join(', ')} is not understood here`);
  return kustomization;
};

export const readManifests = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]!.message}`);
    return document.toJS();
  });

export function buildKustomization(dir: string): Manifest[] {
  return apply(dir, []);
}

function apply(dir: string, given: Manifest[]): Manifest[] {
  const { resources = [], components = [], patches = [], ...rest } = readKustomization(dir);
  let manifests = [...given, ...resources.flatMap((resource) => readResource(join(dir, resource)))];
  for (const component of components) manifests = apply(join(dir, component), manifests);
  for (const { path, target } of patches) {
    const patch = readManifests(join(dir, path))[0];
    const { kind, name } = target ?? { kind: patch.kind, name: patch.metadata.name };
    const isTarget = (one: Manifest) => (!kind || one.kind === kind) && (!name || one.metadata.name === name);
    if (!manifests.some(isTarget)) throw new Error(`${dir}: nothing to lay ${path} over`);
    const { spec, metadata } = patch;
    const { name: _, ...meta } = metadata;
    manifests = manifests.map((one) => (isTarget(one) ? merge(one, { metadata: meta, ...(spec && { spec }) }) : one));
  }
  return manifests.map((one) => transform(one, rest));
}

const readResource = (path: string) => (statSync(path).isDirectory() ? buildKustomization(path) : readManifests(path));

function transform(manifest: Manifest, { namespace, images = [], replicas = [] }: Partial<Kustomization>): Manifest {
  const changed = structuredClone(manifest);
  if (namespace && changed.kind !== 'Namespace') changed.metadata.namespace = namespace;
  const count = replicas.find(({ name }) => changed.spec?.template && name === changed.metadata.name)?.count;
  if (count !== undefined) changed.spec.replicas = count;
  for (const container of changed.spec?.template?.spec?.containers ?? []) {
    const image = images.find(({ name }) => container.image?.split(':')[0] === name);
    if (image) container.image = `${image.newName ?? image.name}:${image.newTag}`;
  }
  return changed;
}

function merge(base: Manifest, patch: Manifest): Manifest {
  const merged = { ...base };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else if (Array.isArray(value)) merged[field] = mergeList(base?.[field], value, MERGE_KEYS[field]);
    else if (typeof value === 'object') merged[field] = merge(base?.[field] ?? {}, value);
    else merged[field] = value;
  }
  return merged;
}

function mergeList(base: Manifest[] = [], patch: Manifest[], key: string | undefined): Manifest[] {
  if (!key) return patch;
  const added = patch.filter((one) => !base.some((other) => other[key] === one[key]));
  const patched = base.map((one) => {
    const found = patch.find((other) => other[key] === one[key]);
    return found ? merge(one, found) : one;
  });
  return [...added, ...patched];
}

/** Every file of a kustomization and of what it is made of, itself included. */
export function listFiles(dir: string): string[] {
  const { resources = [], components = [], patches = [] } = readKustomization(dir);
  const files = [...resources, ...patches.map(({ path }) => path)].map((path) => join(dir, path));
  const isFolder = (path: string) => statSync(path).isDirectory();
  return [
    join(dir, 'kustomization.yaml'),
    ...files.filter((path) => !isFolder(path)),
    ...[...files.filter(isFolder), ...components.map((path) => join(dir, path))].flatMap(listFiles),
  ];
}
