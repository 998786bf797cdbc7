import { DEFAULT_SCOPE, parseScope } from '@cyberstroll/targets';
import { createNodePeer, createTestbed, type NodePeer, type Testbed, testLogger } from '@cyberstroll/testkit';
import { createScannerNode, type ScanFunction, type ScannerNode, type ScannerNodeOptions } from '../src';

export interface Setup {
  testbed: Testbed;
  server: NodePeer;
  /** A started node. `cleanup` stops it if the test does not. */
  startNode(scan: ScanFunction, options?: Partial<ScannerNodeOptions>): Promise<ScannerNode>;
  stopNodes(): Promise<void>;
  cleanup(): Promise<void>;
}

export async function setup(): Promise<Setup> {
  const testbed = await createTestbed();
  const server = await createNodePeer(testbed);
  const nodes: ScannerNode[] = [];
  async function stopNodes() {
    await Promise.all(nodes.splice(0).map((node) => node.stop()));
  }
  return {
    testbed,
    server,
    async startNode(scan, options = {}) {
      const node = createScannerNode({
        rabbitmqUrl: testbed.rabbitmq_url,
        nodeId: `node-${nodes.length + 1}`,
        capacity: 4,
        scope: parseScope(DEFAULT_SCOPE),
        logger: testLogger,
        drainTimeoutMs: 200,
        ...options,
        scan,
      });
      nodes.push(node);
      await node.start();
      return node;
    },
    stopNodes,
    async cleanup() {
      await stopNodes();
      await server.stop();
      await testbed.cleanup();
    },
  };
}
