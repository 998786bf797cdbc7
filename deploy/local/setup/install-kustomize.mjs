import { basename } from 'node:path';
import { installGo } from './build-go-node.mjs';
import { findKustomize, kustomizeDir } from './programs.cjs';
import { runStep, say } from './run-step.mjs';

const MODULE = 'sigs.k8s.io/kustomize/kustomize/v5';

/**
 * kustomize, which builds the manifests of Kubernetes for their tests. Go's checksum database says whether the module
 * is what was released.
 */
export async function installKustomize() {
  if (findKustomize()) return;
  say('building kustomize for the tests (a minute)');
  await runStep('go install', await installGo(), ['install', `${MODULE}@${basename(kustomizeDir)}`], {
    env: { GOBIN: kustomizeDir },
    onFailure: 'Is the Go module proxy reachable?',
  });
}
