/** What a node says as its version where its author names none: that of package.json. */
export const SDK_VERSION = 'typescript-sdk/0.1.0';
