import { DEFAULT_SCOPE, parseScope } from '@cyberstroll/targets';
import { createNodePeer, createTestbed, testLogger } from '@cyberstroll/testkit';
import { createScannerNode, type ScanFunction, type ScannerNode, type ScannerNodeOptions } from '../src';

export async function setup() {
  const testbed = await createTestbed();
  const server = await createNodePeer(testbed);
  testbed.defer(server.stop);
  const nodes: ScannerNode[] = [];
  async function stopNodes(): Promise<void> {
    await Promise.all(nodes.splice(0).map((node) => node.stop()));
  }
  testbed.defer(stopNodes);
  return {
    testbed,
    server,
    /** A started node. `cleanup` stops it if the test does not. */
    async startNode(scan: ScanFunction, options: Partial<ScannerNodeOptions> = {}): Promise<ScannerNode> {
      const node = createScannerNode({
        rabbitmqUrl: testbed.rabbitmq_url,
        nodeId: `node-${nodes.length + 1}`,
        capacity: 4,
        scope: parseScope(DEFAULT_SCOPE),
        logger: testLogger,
        drainTimeoutMs: 200,
        // On a slow machine too a node keeps its claims.
        leaseMs: 3_600_000,
        ...options,
        scan,
      });
      nodes.push(node);
      await node.start();
      return node;
    },
    stopNodes,
    /** For the next test: stops the nodes, and deletes the jobs that they give back. */
    async reset(): Promise<void> {
      await stopNodes();
      await server.dropJobs();
    },
    cleanup: testbed.cleanup,
  };
}

export type Setup = Awaited<ReturnType<typeof setup>>;
