export const toNodePath = (nodeId: string): string => `/nodes/${encodeURIComponent(nodeId)}`;
