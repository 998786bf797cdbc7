/** `.local` of this checkout. */
export declare const localDir: string;

export interface MongodbProgram {
  kind: 'mongod' | 'secantusd';
  path: string;
  /** SecantusDB in Python. */
  isSlow?: true;
}

type FoundPath = string | undefined;

export declare function findRabbitmqServer(): FoundPath;
export declare function findRabbitmqTool(name: string): FoundPath;
export declare function findEpmd(): FoundPath;
export declare function findRedisServer(): FoundPath;
export declare function findMongodbServer(): MongodbProgram | undefined;
export declare function findPrometheus(): { server: string; tool: string } | undefined;
export declare function findChromium(): FoundPath;
export declare function findSchemathesis(): FoundPath;
export declare function findKustomize(): FoundPath;
export declare function findClientGenerators():
  | Record<'python' | 'pythonClient' | 'mypy' | 'java' | 'javac' | 'go' | 'jars', string>
  | undefined;
export declare function findContainers():
  | {
      podman: string;
      buildah: string;
      compose: string;
      dir: string;
      runDir: string;
      environment: { CONTAINERS_CONF: string; CONTAINERS_STORAGE_CONF: string };
    }
  | undefined;
