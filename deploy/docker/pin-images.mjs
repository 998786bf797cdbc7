// npm run image:pin: asks the registry for the digest of each image of others that compose.yaml and the Dockerfile
// name, and writes it behind the tag. Run again, it follows the tags. A release does this too. `REGISTRY` is a mirror
// of docker.io, an argument another folder than this one. Plain Node without dependencies.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REGISTRY = process.env['REGISTRY'] ?? 'https://registry-1.docker.io';
/** An image of several platforms has the digest of its list. */
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const FILES = {
  'compose.yaml': /(?<=^ +image: )(?!cyberstroll)([\w./-]+):([\w.-]+)(@sha256:[0-9a-f]{64})?$/gm,
  Dockerfile: /(?<=^ARG \w+=)([\w./-]+):([\w.-]+)(@sha256:[0-9a-f]{64})?$/gm,
};

/** Rejects, and changes nothing, unless the registry knows all of them. */
export async function pinImages(folder = import.meta.dirname) {
  const digests = new Map();
  const texts = Object.entries(FILES).map(([name, pattern]) => {
    const path = join(folder, name);
    return { path, pattern, text: readFileSync(path, 'utf8') };
  });
  for (const { text, pattern } of texts) {
    for (const [, repository, tag] of text.matchAll(pattern)) {
      const image = `${repository}:${tag}`;
      if (!digests.has(image)) digests.set(image, await findDigest(repository, tag));
    }
  }
  for (const { path, text, pattern } of texts) {
    const pinned = text.replace(pattern, (_, repository, tag) => {
      const image = `${repository}:${tag}`;
      return `${image}@${digests.get(image)}`;
    });
    writeFileSync(path, pinned);
  }
  return digests;
}

async function findDigest(repository, tag) {
  const path = repository.includes('/') ? repository : `library/${repository}`;
  const url = `${REGISTRY}/v2/${path}/manifests/${tag}`;
  const ask = (headers) => fetch(url, { method: 'HEAD', headers: { accept: MANIFESTS, ...headers } });
  let answer = await ask({});
  if (answer.status === 401) answer = await ask({ authorization: `Bearer ${await findToken(answer)}` });
  const digest = answer.headers.get('docker-content-digest') ?? '';
  if (answer.ok && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  throw new Error(`${url} answers ${answer.status}, and no digest`);
}

/** For who only reads: the answer says where. */
async function findToken(refused) {
  const challenge = refused.headers.get('www-authenticate') ?? '';
  const { realm, ...rest } = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  const answer = await fetch(`${realm}?${new URLSearchParams(rest)}`);
  return (await answer.json()).token;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    for (const [image, digest] of await pinImages(process.argv[2])) console.log(`${image}@${digest}`);
  } catch (error) {
    console.error(`image:pin: ${error.message}${error.cause ? ` (${error.cause.message})` : ''}`);
    process.exitCode = 1;
  }
}
