export const toNodePath = (nodeId: string): string => `/fleet/nodes/${encodeURIComponent(nodeId)}`;
