package scannersdk

// Version is that of the SDK.
const Version = "0.1.0"
